/** What Node gets: the face that browsers get, with native kernels registered, and a reader of Grid2Op's folders. */
import '../powerflow/node-index.js';

export * from './index.js';
export { FolderChronics } from './node-chronics.js';
