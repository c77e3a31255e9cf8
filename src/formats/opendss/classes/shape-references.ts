/** References to load shapes, as loads, generators and sources have them. */
import type { ShapeReferences } from '../../../grid/index.js';
import type { DssObject } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import { LoadShapeObject } from './loadshape.js';

/** The load shape named by a value; undefined for `none` or nothing. */
export function shapeNamed(object: DssObject, value: PropertyValue): LoadShapeObject | undefined {
  const name = value.text.trim().toLowerCase();
  if (name === '' || name === 'none') return undefined;
  return object.reference(value, 'loadshape', LoadShapeObject);
}

/** Sets the yearly shape. */
export function setYearly(object: DssObject, shapes: ShapeReferences, value: PropertyValue): LoadShapeObject | undefined {
  const shape = shapeNamed(object, value);
  shapes.yearly = shape?.name;
  return shape;
}

/** Sets the daily shape, and the yearly one where there is none yet. */
export function setDaily(object: DssObject, shapes: ShapeReferences, value: PropertyValue): LoadShapeObject | undefined {
  const shape = shapeNamed(object, value);
  shapes.daily = shape?.name;
  if (shapes.yearly === undefined) shapes.yearly = shapes.daily;
  return shape;
}

/** Sets the duty shape. */
export function setDuty(object: DssObject, shapes: ShapeReferences, value: PropertyValue): LoadShapeObject | undefined {
  const shape = shapeNamed(object, value);
  shapes.duty = shape?.name;
  return shape;
}
