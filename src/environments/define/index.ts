/** Tasks of one's own, on any grid. */

export { defineTask } from './define-task.js';
export { type CostName, type StepLanes, type TaskDefinition } from './definition.js';
export { type SeriesProfilesOptions, type SiteProfilesOptions, seriesProfiles, siteProfiles, type TaskProfiles } from './profiles.js';
