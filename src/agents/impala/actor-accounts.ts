/** What is kept of each actor's environments from one trajectory to the next: episodes under way, and the discounted sums by which rewards are normalised. */
import { InputError } from '../../grid/index.js';
import { RewardNormaliser, type RewardNormaliserData } from '../../learning/index.js';
import type { PlainData } from '../agent.js';
import { EpisodeTracker } from '../episode-tracker.js';
import type { ImpalaSettings } from './settings.js';
import { ABOUT_ACTOR, ABOUT_LIFE, type Trajectory } from './trajectory.js';

/** Of one actor. */
interface Account {
  life: number;
  episodes: EpisodeTracker;
  readonly rewards: RewardNormaliser;
}

/** Accounts of all actors. Where an actor was replaced, its environments' episodes begin anew. */
export class ActorAccounts {
  private readonly accounts: readonly Account[];
  /** Moments of all actors' sums together. */
  private readonly together: RewardNormaliser;
  private readonly scaled: Float64Array;
  private readonly ended: Uint8Array;
  private returns: number[] = [];
  private lengths: number[] = [];

  /** @param environments of each actor */
  constructor(
    actors: number,
    private readonly environments: number,
    private readonly settings: Pick<ImpalaSettings, 'gamma' | 'rewardScale' | 'normaliseRewards'>,
  ) {
    this.accounts = Array.from({ length: actors }, () => ({
      life: 0,
      episodes: new EpisodeTracker(environments),
      rewards: new RewardNormaliser(environments, settings.gamma),
    }));
    this.together = new RewardNormaliser(1, settings.gamma);
    this.scaled = new Float64Array(environments);
    this.ended = new Uint8Array(environments);
  }

  /** Takes a trajectory; those of an actor in the order in which it made them. @param gathers whether moments of rewards are still gathered */
  add({ about, rewards, terminations, truncations }: Trajectory, gathers = true): void {
    const { environments, settings, scaled, ended } = this;
    const account = this.accounts[about[ABOUT_ACTOR]];
    if (account.life !== about[ABOUT_LIFE]) {
      account.life = about[ABOUT_LIFE];
      account.episodes = new EpisodeTracker(environments);
      account.rewards.restore({ ...account.rewards.save(), returns: Array.from({ length: environments }, () => 0) });
    }
    for (let at = 0; at < rewards.length; at += environments) {
      const row = {
        rewards: rewards.subarray(at, at + environments),
        terminations: terminations.subarray(at, at + environments),
        truncations: truncations.subarray(at, at + environments),
      };
      account.episodes.add(row);
      if (!settings.normaliseRewards || !gathers) continue;
      for (let e = 0; e < environments; e++) {
        scaled[e] = settings.rewardScale * row.rewards[e];
        ended[e] = row.terminations[e] | row.truncations[e];
      }
      account.rewards.add(scaled, ended);
    }
    const { returns, lengths } = account.episodes.take();
    this.returns.push(...returns);
    this.lengths.push(...lengths);
  }

  /** Scales rewards, and normalises them where that is wanted, by what all actors have seen. In place. */
  scale(rewards: Float64Array): void {
    const { rewardScale, normaliseRewards } = this.settings;
    for (let k = 0; k < rewards.length; k++) rewards[k] *= rewardScale;
    if (!normaliseRewards) return;
    const { moments } = this.together;
    moments.restore({ count: 0, mean: [0], squares: [0] });
    for (const account of this.accounts) moments.merge(account.rewards.moments);
    this.together.normalise(rewards, rewards);
  }

  /** Returns and lengths of the episodes that ended since the last call. */
  take(): { returns: number[]; lengths: number[] } {
    const { returns, lengths } = this;
    this.returns = [];
    this.lengths = [];
    return { returns, lengths };
  }

  save(): PlainData {
    return this.accounts.map(({ life, episodes, rewards }) => ({ life, episodes: episodes.save(), rewards: rewards.save() as unknown as PlainData }));
  }

  /** Throws InputError for what `save` did not give. */
  restore(state: PlainData): void {
    const saved = state as unknown as { life: number; episodes: PlainData; rewards: RewardNormaliserData }[];
    if (!Array.isArray(saved) || saved.length !== this.accounts.length) throw new InputError('saved accounts are of another number of actors');
    this.accounts.forEach((account, k) => {
      account.life = saved[k].life;
      account.episodes.restore(saved[k].episodes);
      account.rewards.restore(saved[k].rewards);
    });
  }
}
