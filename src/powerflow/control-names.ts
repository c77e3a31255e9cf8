/** Which controls of a grid a batch has, and which windings and capacitors they move. */
import { type Capacitor, type CapacitorControl, elementId, type Grid, GridError, type RegulatorControl } from '../grid/index.js';

/** A control that a batch can have. */
export type LaneControl = RegulatorControl | CapacitorControl;

/**
 * The controls that an option names, in order of creation; `true` for all regulator and capacitor controls that are enabled.
 * Throws {@link GridError} where one is not there, is disabled or is of another kind; and for `true`, where there are others that would act.
 */
export function controlsOf(grid: Grid, option: readonly string[] | true | undefined): LaneControl[] {
  if (option === undefined) return [];
  const found: LaneControl[] = [];
  const wanted = new Set<string>();
  if (option !== true) {
    if (!Array.isArray(option) || option.some((one) => typeof one !== 'string'))
      throw new GridError('the option controls takes an array of names, or true for all');
    for (const one of option) {
      const name = one.toLowerCase();
      const of = [...grid.controls].filter((control) => elementId(control) === name || control.name === name);
      if (of.length === 0) throw new GridError(`there is no control ${one} (option controls)`);
      if (of.length > 1) throw new GridError(`"${one}" is the name of ${of.map(elementId).join(' and ')}; give the id (option controls)`);
      if (!of[0].enabled) throw new GridError(`${elementId(of[0])} is disabled; enable it or leave it out of the option controls`);
      wanted.add(elementId(of[0]));
    }
  }
  for (const control of grid.controls) {
    if (option === true ? !control.enabled : !wanted.has(elementId(control))) continue;
    if (control.kind === 'regcontrol' || control.kind === 'capcontrol') found.push(control);
    else if (control.kind !== 'swtcontrol' || option !== true || (control.action ?? control.state) !== control.state)
      throw new GridError(
        `${elementId(control)}: a batch has regulator and capacitor controls only; name those that are to act in the option controls`,
      );
  }
  return found;
}

/** The winding that each transformer's controls move. Throws {@link GridError} where there is no such transformer or winding, or two controls move different ones. */
export function movedWindings(grid: Grid, controls: readonly LaneControl[]): Map<string, number> {
  const moved = new Map<string, number>();
  for (const control of controls) {
    if (control.kind !== 'regcontrol') continue;
    const id = elementId(control);
    const transformer = grid.element(`transformer.${control.transformer}`);
    if (transformer?.kind !== 'transformer')
      throw new GridError(`${id}.transformer: there is no transformer "${control.transformer}"; name the transformer it controls`);
    for (const winding of [control.winding, control.tapWinding]) {
      if (!transformer.windings[winding]) throw new GridError(`${id}: ${elementId(transformer)} has no winding ${winding + 1}`);
    }
    const { minTapPu, maxTapPu, tapSteps } = transformer.windings[control.tapWinding];
    if (!(tapSteps > 0 && maxTapPu > minTapPu))
      throw new GridError(`${id}: winding ${control.tapWinding + 1} of ${elementId(transformer)} has no taps (numtaps, mintap, maxtap)`);
    const other = moved.get(transformer.name) ?? control.tapWinding;
    if (other !== control.tapWinding)
      throw new GridError(`${id}.tapwinding: another control moves winding ${other + 1} of ${elementId(transformer)}; a batch moves one of them`);
    moved.set(transformer.name, control.tapWinding);
  }
  return moved;
}

/** The capacitors that controls switch. Throws {@link GridError} where one is not there, has an open terminal, or steps in that are not the first ones. */
export function switchedCapacitors(grid: Grid, controls: readonly LaneControl[]): string[] {
  const names = new Set<string>();
  for (const control of controls) {
    if (control.kind !== 'capcontrol') continue;
    const bank = capacitorOf(grid, control);
    if (!bank.enabled) throw new GridError(`${elementId(control)}.capacitor: ${elementId(bank)} is disabled`);
    if (bank.terminals.some(({ open }) => open?.includes(true)))
      throw new GridError(
        `${elementId(control)}.capacitor: ${elementId(bank)} has an open terminal; a batch switches banks by their steps: close it`,
      );
    if (bank.steps.some((step, k) => step.closed && k > 0 && !bank.steps[k - 1].closed))
      throw new GridError(`${elementId(control)}.capacitor: ${elementId(bank)} has a step in before one that is out; a batch takes them in order`);
    names.add(bank.name);
  }
  return [...names];
}

/** The capacitor that a control switches. Throws {@link GridError} where there is none. */
export function capacitorOf(grid: Grid, control: CapacitorControl): Capacitor {
  const bank = grid.element(`capacitor.${control.capacitor}`);
  if (bank?.kind !== 'capacitor')
    throw new GridError(`${elementId(control)}.capacitor: there is no capacitor "${control.capacitor}"; name the capacitor it controls`);
  return bank;
}
