/** ConseNet: agents say nothing while they act; after each update an agent's memory takes the mean of its own parameters and its neighbours'. */
import { ownObservation } from '../sources.js';
import type { Variant } from '../variant.js';

export const consenet: Variant = {
  name: 'consenet',
  title: 'ConseNet: parameters of memories averaged with neighbours after each update (after Zhang and others, 2018)',
  branches: (make, hidden) => [make.dense(ownObservation, hidden, 'relu')],
  afterUpdate: ({ gates, team }) => {
    gates.average(team.neighbours.map((own, agent) => [agent, ...own]));
  },
  notShared: 'its agents agree by averaging parameters, which are the same already where agents share them',
};
