/** Calls with arguments that are nonsense: whatever a public function makes of them, what it throws is one line that says what is wrong. */
import { expect, it } from 'vitest';
import { BusbarError } from '../src/grid/index.js';

type Callable = (...values: readonly unknown[]) => unknown;

/** A call that goes well: the function and its arguments, made anew for each call. */
export interface GoodCall {
  readonly call: Callable;
  readonly values: () => readonly unknown[] | Promise<readonly unknown[]>;
  /** Places of arguments that may be null or anything else, with the reason. */
  readonly anything?: Readonly<Record<number, string>>;
}

const NONSENSE: readonly unknown[] = [null, undefined, 42, Number.NaN, 'nonsense', true, {}, [], [null], () => 1];

async function outcome({ call }: GoodCall, values: readonly unknown[]): Promise<unknown> {
  try {
    await call(...values);
    return undefined;
  } catch (error) {
    return error ?? new Error('nothing was thrown');
  }
}

/** What must be refused as null: all but numbers (formulas take them as they come) and what is left out. */
function mustRefuseNull(value: unknown): boolean {
  return typeof value !== 'number' && typeof value !== 'boolean' && value !== undefined;
}

/** Tests that a call goes well, and with nonsense in the place of each argument fails with one line, if at all; with null it fails. */
export function refusesNonsense(name: string, good: GoodCall): void {
  it(name, async () => {
    const values = await good.values();
    expect(await outcome(good, values)).toBeUndefined();
    for (let place = 0; place < values.length; place++) {
      for (const nonsense of NONSENSE) {
        const given = [...(await good.values())];
        given[place] = nonsense;
        const what = `argument ${place} as ${typeof nonsense === 'object' ? JSON.stringify(nonsense) : String(nonsense)}`;
        const error = await outcome(good, given);
        if (error !== undefined) {
          expect(error, what).toBeInstanceOf(BusbarError);
          expect((error as Error).message, what).not.toMatch(/\n|Cannot read|is not (a function|iterable)|\[object|circular/);
        } else if (nonsense === null && mustRefuseNull(values[place]) && good.anything?.[place] === undefined) expect.fail(`${what} was taken`);
      }
    }
  });
}

/** A function or class of a module, by name, as something to be called. */
export function callable(module: Readonly<Record<string, unknown>>, name: string): Callable {
  const found = module[name];
  if (typeof found !== 'function') throw new Error(`${name} is no function`);
  const isClass = Function.prototype.toString.call(found).startsWith('class');
  return (...values) => (isClass ? new (found as new (...all: readonly unknown[]) => unknown)(...values) : (found as Callable)(...values));
}
