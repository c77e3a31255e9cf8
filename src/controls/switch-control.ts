/** Switch control: opens or closes a terminal some time after it was told to, unless it is locked. Rules as in OpenDSS's SwtControl. */
import type { SwitchControl } from '../grid/index.js';
import type { ControlContext, ControlDevice } from './control.js';
import { requireElement, requireTerminal, switchTerminal } from './measurement.js';

/** Codes of the actions in the queue. */
const OPEN = 1;
const CLOSE = 2;
const LOCK = 4;
const UNLOCK = 5;

/** The device behind a {@link SwitchControl}. */
export class SwitchDevice implements ControlDevice {
  private armed = false;
  private announcedLock = false;

  constructor(readonly record: SwitchControl) {}

  reset(context: ControlContext): void {
    const { record } = this;
    if (record.locked) return;
    this.armed = false;
    delete record.action;
    this.move(context, record.normalState);
  }

  sample(context: ControlContext): void {
    const { record } = this;
    const { queue, clock } = context;
    if (record.locked !== this.announcedLock) {
      queue.push(clock, record.delaySeconds, record.locked ? LOCK : UNLOCK, this);
      this.announcedLock = record.locked;
    }
    const wanted = record.action ?? record.state;
    if (wanted !== record.state && !this.armed) {
      queue.push(clock, record.delaySeconds, wanted === 'open' ? OPEN : CLOSE, this);
      this.armed = true;
    }
  }

  execute(code: number, context: ControlContext): void {
    const { record } = this;
    if (code === LOCK || code === UNLOCK) {
      record.locked = code === LOCK;
      return;
    }
    if (record.locked) return;
    this.move(context, code === OPEN ? 'open' : 'closed');
    this.armed = false;
  }

  private move(context: ControlContext, state: 'open' | 'closed'): void {
    const { record } = this;
    const element = requireElement(context.solver, record.element, record, 'switchedobj');
    switchTerminal(context.solver, element, requireTerminal(element, record.terminal, record), state === 'closed');
    record.state = state;
  }
}
