import { describe, expect, it } from 'vitest';
import type { ControlDevice } from '../../src/controls/index.js';
import { advanceClock, ControlQueue } from '../../src/controls/index.js';
import type { SwitchControl } from '../../src/grid/index.js';

/** A device that does nothing; the queue only hands it back. */
function device(name: string): ControlDevice {
  const record = { kind: 'swtcontrol', name, enabled: true } as SwitchControl;
  return { record, sample: () => {}, execute: () => {}, reset: () => {} };
}

/** Pushes `[name, seconds]` in order and returns the queue. */
function filled(...pushes: [string, number][]): ControlQueue {
  const queue = new ControlQueue();
  for (const [name, seconds] of pushes) queue.pushAt(0, seconds, 0, device(name));
  return queue;
}

function names(queue: ControlQueue): string[] {
  return queue.pending.map((action) => action.device.record.name);
}

describe('hours', () => {
  it('are carried over in one step as one by one, to the last digit', () => {
    for (const seconds of [0, 0.1, 3599.999, 3600, 3600.1, 7200, 12345.6789, 86400 * 365 + 1 / 3, 1e9 / 7]) {
      let hour = 5;
      let rest = seconds;
      while (rest >= 3600) {
        hour += 1;
        rest -= 3600;
      }
      const clock = { hour: 5, seconds: 0 };
      advanceClock(clock, seconds);
      expect(clock).toEqual({ hour, seconds: rest });
      const queue = new ControlQueue();
      queue.pushAt(5, seconds, 0, device('a'));
      const [action] = queue.pending;
      expect([action.hour, action.seconds]).toEqual(seconds === 3600 ? [5, 3600] : [hour, rest]);
    }
  });

  it('take no longer where they are many', () => {
    const clock = { hour: 0, seconds: 0 };
    advanceClock(clock, 1e18);
    expect(clock.hour * 3600 + clock.seconds).toBe(1e18);
    const queue = new ControlQueue();
    queue.pushAt(0, 1e18, 0, device('a'));
    expect(queue.pending[0].timeSeconds).toBe(1e18);
  });
});

describe('control queue', () => {
  it.each([
    [
      'later goes behind',
      [
        ['a', 15],
        ['b', 30],
      ],
      'a b',
    ],
    [
      'earlier goes first',
      [
        ['a', 30],
        ['b', 15],
      ],
      'b a',
    ],
    [
      'newest of equal times goes first',
      [
        ['a', 15],
        ['b', 15],
        ['c', 15],
      ],
      'c b a',
    ],
    [
      'newest goes before its equals only',
      [
        ['a', 10],
        ['b', 20],
        ['c', 30],
        ['d', 20],
      ],
      'a d b c',
    ],
  ] as [string, [string, number][], string][])('%s', (_, pushes, order) => {
    expect(names(filled(...pushes)).join(' ')).toBe(order);
  });

  it('runs only the actions of the earliest time', () => {
    const queue = filled(['a', 30], ['b', 15], ['c', 15]);
    const ran: string[] = [];
    const result = queue.runNearest((action) => ran.push(action.device.record.name));
    expect(ran).toEqual(['c', 'b']);
    expect(result).toEqual({ hour: 0, seconds: 15, done: 2 });
    expect(names(queue)).toEqual(['a']);
    expect(new ControlQueue().runNearest(() => {})).toBeUndefined();
  });

  it('runs what is due by a time, what is pushed meanwhile included', () => {
    const queue = filled(['a', 5], ['b', 12]);
    const ran: number[] = [];
    const done = queue.runDue(0, 10, (action) => {
      ran.push(action.timeSeconds);
      if (ran.length === 1) queue.pushAt(0, 7, 0, device('pushed'));
    });
    expect(ran).toEqual([5, 7]);
    expect(done).toBe(2);
    expect(queue.size).toBe(1);
  });

  it('carries seconds beyond an hour over, but keeps 3600 s', () => {
    const queue = new ControlQueue();
    queue.pushAt(1, 3600, 0, device('a'));
    queue.pushAt(1, 7205, 0, device('b'));
    expect(queue.pending.map((action) => [action.hour, action.seconds])).toEqual([
      [1, 3600],
      [3, 5],
    ]);
  });

  it('takes back by handle and ignores handles that are gone', () => {
    const queue = new ControlQueue();
    const first = queue.pushAt(0, 1, 0, device('a'));
    const second = queue.pushAt(0, 2, 0, device('b'));
    expect(second).not.toBe(first);
    queue.delete(first);
    queue.delete(first);
    queue.delete(0);
    expect(names(queue)).toEqual(['b']);
  });
});
