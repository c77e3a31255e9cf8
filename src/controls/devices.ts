/** Which device stands behind which kind of control record. */
import type { Control } from '../grid/index.js';
import { CapacitorDevice } from './capacitor-control.js';
import type { ControlDevice } from './control.js';
import { ExponentialControlDevice } from './exponential-control.js';
import { GeneratorDispatchDevice } from './generator-dispatch.js';
import { InverterControlDevice } from './inverter-control.js';
import { RegulatorDevice } from './regulator-control.js';
import { StorageControlDevice } from './storage-control.js';
import { SwitchDevice } from './switch-control.js';

/** The device of a control, in the state of one just made. */
export function createControlDevice(record: Control): ControlDevice {
  switch (record.kind) {
    case 'regcontrol':
      return new RegulatorDevice(record);
    case 'capcontrol':
      return new CapacitorDevice(record);
    case 'swtcontrol':
      return new SwitchDevice(record);
    case 'invcontrol':
      return new InverterControlDevice(record);
    case 'storagecontroller':
      return new StorageControlDevice(record);
    case 'expcontrol':
      return new ExponentialControlDevice(record);
    case 'gendispatcher':
      return new GeneratorDispatchDevice(record);
  }
}
