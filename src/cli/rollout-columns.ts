/** Transitions as columns of a Parquet file. Field names are Minari's (observations, actions, rewards, terminations, truncations, infos), a row a transition. */
import type { KeyValue, SchemaElement } from 'hyparquet';
import { ByteWriter, type ColumnSource, ParquetWriter } from 'hyparquet-writer';
import type { EpisodeRecord, Task } from '../environments/node-index.js';
import { VERSION } from './version.js';

/** Numbers in a row group, about: what readers take at once. */
const GROUP_NUMBERS = 1_000_000;

/** Numbers in the widest rows of a task. */
export function rowWidth(task: Task): number {
  const { observationSpace, actionSpace, infoNames, costNames, masksActions } = task;
  return 8 + observationSpace.length + actionSpace.length + infoNames.length + costNames.length + (masksActions ? actionSpace.choices : 0);
}

type Primitive = 'BOOLEAN' | 'INT32' | 'FLOAT' | 'DOUBLE';

const plain = (name: string, type: Primitive): SchemaElement[] => [{ name, type, repetition_type: 'REQUIRED' }];

function list(name: string, type: Primitive, optional = false): SchemaElement[] {
  return [
    { name, repetition_type: optional ? 'OPTIONAL' : 'REQUIRED', converted_type: 'LIST', logical_type: { type: 'LIST' }, num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', type, repetition_type: 'REQUIRED' },
  ];
}

function struct(name: string, names: readonly string[], optional: boolean): SchemaElement[] {
  return [
    { name, repetition_type: 'REQUIRED', num_children: names.length },
    ...names.map((child): SchemaElement => ({ name: child, type: 'DOUBLE', repetition_type: optional ? 'OPTIONAL' : 'REQUIRED' })),
  ];
}

/** One transition: an episode and a step of it. */
interface Row {
  readonly record: EpisodeRecord;
  readonly step: number;
}

/** A column: its schema, and its values of some rows. */
interface Column {
  readonly name: string;
  readonly schema: readonly SchemaElement[];
  values(rows: readonly Row[]): ColumnSource['data'];
  /** Whether its range stands in the file's metadata. */
  readonly ranged?: boolean;
}

const named = (names: readonly string[], values: Float64Array, gaps: boolean): Record<string, number | null> =>
  Object.fromEntries(names.map((name, k) => [name, gaps && Number.isNaN(values[k]) ? null : values[k]]));

function columnsOf(task: Task): Column[] {
  const { infoNames, costNames, masksActions, actionSpace } = task;
  const whole = actionSpace.counts.every((count) => count > 0);
  const flags = (of: (row: Row) => boolean) => (rows: readonly Row[]) => rows.map(of);
  const numbers = (of: (row: Row) => number) => (rows: readonly Row[]) => Float64Array.from(rows, of);
  const columns: Column[] = [
    {
      name: 'episode_id',
      schema: plain('episode_id', 'INT32'),
      ranged: true,
      values: (rows) => Int32Array.from(rows, ({ record }) => record.episode),
    },
    { name: 'step', schema: plain('step', 'INT32'), ranged: true, values: (rows) => Int32Array.from(rows, ({ step }) => step) },
    {
      name: 'observations',
      schema: list('observations', 'FLOAT'),
      values: (rows) => rows.map(({ record, step }) => Array.from(record.observations[step])),
    },
    {
      name: 'actions',
      schema: list('actions', whole ? 'INT32' : 'DOUBLE'),
      values: (rows) => rows.map(({ record, step }) => Array.from(record.actions[step])),
    },
    { name: 'rewards', schema: plain('rewards', 'DOUBLE'), values: numbers(({ record, step }) => record.rewards[step]) },
    { name: 'terminations', schema: plain('terminations', 'BOOLEAN'), values: flags(({ record, step }) => record.terminations[step]) },
    { name: 'truncations', schema: plain('truncations', 'BOOLEAN'), values: flags(({ record, step }) => record.truncations[step]) },
    {
      name: 'behaviour_log_probabilities',
      schema: plain('behaviour_log_probabilities', 'DOUBLE'),
      values: numbers(({ record, step }) => record.logProbabilities[step]),
    },
    {
      name: 'final_observations',
      schema: list('final_observations', 'FLOAT', true),
      values: (rows) => rows.map(({ record, step }) => (step === record.rewards.length - 1 ? Array.from(record.finalObservation) : null)),
    },
  ];
  if (masksActions)
    columns.push({
      name: 'action_masks',
      schema: list('action_masks', 'BOOLEAN'),
      values: (rows) => rows.map(({ record, step }) => Array.from(record.masks[step], (allowed) => allowed !== 0)),
    });
  if (costNames.length > 0)
    columns.push({
      name: 'costs',
      schema: struct('costs', costNames, false),
      values: (rows) => rows.map(({ record, step }) => named(costNames, record.costs[step], false)),
    });
  if (infoNames.length > 0)
    columns.push({
      name: 'infos',
      schema: struct('infos', infoNames, true),
      values: (rows) => rows.map(({ record, step }) => named(infoNames, record.infos[step], true)),
    });
  return columns;
}

/** The schema of a task's transitions. */
export function transitionSchema(task: Task): SchemaElement[] {
  const columns = columnsOf(task);
  return [{ name: 'root', num_children: columns.length }, ...columns.flatMap(({ schema }) => schema)];
}

/** Who wrote a file. */
export const CREATED_BY = `busbar ${VERSION}`;

/** A complete Parquet file of the transitions of some episodes, in row groups of about a million numbers. Equal transitions give equal bytes. */
export function transitionFile(task: Task, records: readonly EpisodeRecord[], kvMetadata: KeyValue[]): Uint8Array {
  const columns = columnsOf(task);
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({ writer, schema: transitionSchema(task), kvMetadata, createdBy: CREATED_BY });
  const rows = records.flatMap((record): Row[] => record.rewards.map((_, step) => ({ record, step })));
  const size = Math.max(1, Math.floor(GROUP_NUMBERS / rowWidth(task)));
  for (let from = 0; from < rows.length; from += size) {
    const some = rows.slice(from, from + size);
    // No page indexes: nothing but row groups stands before the closing metadata, so that parts can be joined as they are.
    const columnData = columns.map(({ name, values, ranged = false }) => ({ name, data: values(some), statistics: ranged, offsetIndex: false }));
    void parquet.write({ columnData, rowGroupSize: some.length });
  }
  void parquet.finish();
  return writer.getBytes();
}
