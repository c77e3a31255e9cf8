/** What Node gets: the face that browsers get, and a reader of Grid2Op's folders. */
export * from './index.js';
export { FolderChronics } from './node-chronics.js';
