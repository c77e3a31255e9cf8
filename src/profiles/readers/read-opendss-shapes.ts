/** Load shapes as OpenDSS scripts write them: `new loadshape.x npts=24 interval=1 mult=[...]`, `csvfile=`, `file=` and all the rest. */

import { hostWithoutSolver, OpenDssInterpreter, type ScriptFiles } from '../../formats/opendss/index.js';
import { checkFunction, checkObject, checkText, InputError } from '../../grid/index.js';
import { fromLoadShape, type Series } from '../series.js';
import { checkTimeZone, type TimeZone } from '../time-zone.js';

/** Name of the script that comes before. */
const FIRST = 'busbar-shapes-begin.dss';

/**
 * Every load shape with multipliers that a script makes, by its lower-case name. The script is run by the interpreter of OpenDSS scripts, without solving anything, and may be a whole
 * feeder or `new loadshape` lines alone.
 *
 * @param path the script's file, found in `files`
 * @param startUnixSeconds moment of the first point
 *
 * Throws InputError with file and line; for a script that makes none.
 */
export function readOpenDssShapes(path: string, files: ScriptFiles, startUnixSeconds: number, timeZone: TimeZone): Map<string, Series> {
  checkText('the path of a script', path);
  checkObject('the files of a script', files, '{ read, exists, size }');
  for (const name of ['read', 'exists', 'size'] as const) checkFunction(`${name} of the files of a script`, files[name], 'a function');
  checkTimeZone(timeZone);
  const folder = path.replace(/[^/\\]*$/, '');
  // Shapes belong to a circuit; a script of shapes alone gets one.
  const first = `clear\nnew circuit.shapes\nredirect "${path.slice(folder.length)}"\n`;
  const isFirst = (name: string): boolean => name.endsWith(FIRST);
  const { readBytes, realPath } = files;
  const withFirst: ScriptFiles = {
    read: (name) => (isFirst(name) ? first : files.read(name)),
    exists: (name) => isFirst(name) || files.exists(name),
    size: (name) => (isFirst(name) ? first.length : files.size(name)),
    ...(readBytes && { readBytes: (name: string) => readBytes.call(files, name) }),
    ...(realPath && { realPath: (name: string) => (isFirst(name) ? name : realPath.call(files, name)) }),
  };
  const interpreter = new OpenDssInterpreter({ files: withFirst, host: hostWithoutSolver('skip') });
  interpreter.run(`${folder}${FIRST}`);
  const shapes = new Map<string, Series>();
  for (const [name, shape] of interpreter.grid.loadShapes) {
    if (name !== 'default' && shape.active.length > 0) shapes.set(name, fromLoadShape(shape, startUnixSeconds, timeZone));
  }
  if (shapes.size === 0) throw new InputError('makes no load shape', { location: { file: path, line: 0 } });
  return shapes;
}
