/**
 * The queue of actions that controls have asked for, ordered by time.
 *
 * Rules of OpenDSS's queue: an action is put before the first one whose time is not earlier, so among equal times the newest comes first, and
 * what is due is always taken from the head on.
 */
import type { ControlClock, ControlDevice } from './control.js';

/** One action waiting. */
export interface QueuedAction {
  /** Serial number, unique in this queue; 0 is never used. */
  handle: number;
  /** Seconds since hour 0. */
  timeSeconds: number;
  hour: number;
  seconds: number;
  /** What to do, in the device's own numbering. */
  code: number;
  /** A number the device gets back with the code. */
  value: number;
  device: ControlDevice;
}

/** Carries out one action. */
export type ActionRunner = (action: QueuedAction) => void;

/** Actions in order of time. */
export class ControlQueue {
  private readonly actions: QueuedAction[] = [];
  private lastHandle = 0;

  /** Number of actions waiting. */
  get size(): number {
    return this.actions.length;
  }

  /** The actions waiting, head first; for messages and tests. */
  get pending(): readonly QueuedAction[] {
    return this.actions;
  }

  /**
   * Adds an action at a moment (seconds beyond 3600 are carried into hours).
   *
   * @returns its handle, for {@link delete}
   */
  pushAt(hour: number, seconds: number, code: number, device: ControlDevice, value = 0): number {
    let wholeHour = hour;
    let rest = seconds;
    // As in the engine: exactly 3600 s stays where it is. (It takes whole hours off one by one; the remainder is exact, as those differences are.)
    if (rest > 3600) {
      const remainder = rest % 3600;
      wholeHour += (rest - remainder) / 3600;
      rest = remainder;
    }
    this.lastHandle += 1;
    const action: QueuedAction = {
      handle: this.lastHandle,
      timeSeconds: wholeHour * 3600 + rest,
      hour: wholeHour,
      seconds: rest,
      code,
      value,
      device,
    };
    const at = this.actions.findIndex((waiting) => action.timeSeconds <= waiting.timeSeconds);
    if (at < 0) this.actions.push(action);
    else this.actions.splice(at, 0, action);
    return this.lastHandle;
  }

  /** Adds an action `delaySeconds` from the clock's present time. */
  push(clock: ControlClock, delaySeconds: number, code: number, device: ControlDevice, value = 0): number {
    return this.pushAt(clock.hour, clock.seconds + delaySeconds, code, device, value);
  }

  /** Takes back an action; a handle that is no longer there is ignored, as devices may hold one that was carried out. */
  delete(handle: number): void {
    const at = this.actions.findIndex((action) => action.handle === handle);
    if (at >= 0) this.actions.splice(at, 1);
  }

  /** Forgets all actions. */
  clear(): void {
    this.actions.length = 0;
  }

  /** Carries out every action due by a moment, those pushed meanwhile included if due. Returns how many were done. */
  runDue(hour: number, seconds: number, run: ActionRunner): number {
    const now = hour * 3600 + seconds;
    let done = 0;
    // The head is always the earliest; an action may push or delete others, so look afresh each time.
    while (this.actions.length > 0 && this.actions[0].timeSeconds <= now) {
      const action = this.actions.shift() as QueuedAction;
      run(action);
      done += 1;
    }
    return done;
  }

  /** Carries out the actions of the earliest time only. Returns that time and how many were done, or undefined where nothing waits. */
  runNearest(run: ActionRunner): { hour: number; seconds: number; done: number } | undefined {
    if (this.actions.length === 0) return undefined;
    const { hour, seconds } = this.actions[0];
    return { hour, seconds, done: this.runDue(hour, seconds, run) };
  }
}
