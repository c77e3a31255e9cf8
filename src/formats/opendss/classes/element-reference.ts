/** Circuit elements named in full, as controls and meters name what they watch. */
import type { DssObject } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';

/** The id `kind.name` of the circuit element that a value names. Throws where there is none. */
export function elementNamed(object: DssObject, value: PropertyValue): string {
  const id = value.name();
  if (object.context.grid.element(id)) return id;
  return value.fail(
    id.includes('.') ? `there is no circuit element "${id}"; define it before it is used` : `"${id}" must be written with its class, as line.${id}`,
  );
}
