/** Parquet files of one schema, joined: their row groups are copied as they are, only where they stand is written anew. */
import { readFileSync } from 'node:fs';
import { type ColumnChunk, type FileMetaData, type KeyValue, parquetMetadata } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { InputError } from '../grid/index.js';

/** Bytes of the mark at a file's beginning, and of length and mark at its end. */
const HEAD = 4;
const FOOT = 8;

/** What a file says of itself. */
export interface PartFile {
  readonly bytes: Uint8Array;
  readonly metadata: FileMetaData;
}

/** Reads a Parquet file. Throws {@link InputError} for what is none. */
export function readPart(path: string): PartFile {
  try {
    const bytes = readFileSync(path);
    const metadata = parquetMetadata(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer);
    return { bytes, metadata };
  } catch (error) {
    throw new InputError(`${path} cannot be read as Parquet (${(error as Error).message}); remove it, it will be made again`);
  }
}

/** What stands under a key in a file's metadata. */
export function metadataValue(metadata: FileMetaData, key: string): string | undefined {
  return metadata.key_value_metadata?.find((entry) => entry.key === key)?.value;
}

function moved(chunk: ColumnChunk, by: bigint): ColumnChunk {
  const { meta_data, file_offset } = chunk;
  if (!meta_data) throw new InputError('a column without metadata cannot be joined');
  const shift = (offset: bigint | undefined): bigint | undefined => (offset === undefined ? undefined : offset + by);
  return {
    ...chunk,
    file_offset: file_offset + by,
    meta_data: {
      ...meta_data,
      data_page_offset: meta_data.data_page_offset + by,
      index_page_offset: shift(meta_data.index_page_offset),
      dictionary_page_offset: shift(meta_data.dictionary_page_offset),
    },
  };
}

/**
 * Joins files.
 *
 * @param paths in the order of their rows
 * @param append takes the bytes of the joined file, piece by piece
 */
export function joinParts(paths: readonly string[], kvMetadata: KeyValue[], createdBy: string, append: (piece: Uint8Array) => void): void {
  const writer = new ByteWriter();
  // What was written goes out at once; `offset` counts on.
  const flush = (): void => {
    append(new Uint8Array(writer.buffer, 0, writer.index));
    writer.index = 0;
  };
  let parquet: ParquetWriter | undefined;
  for (const path of paths) {
    const { bytes, metadata } = readPart(path);
    parquet ??= new ParquetWriter({ writer, schema: metadata.schema, kvMetadata, createdBy });
    flush();
    const by = BigInt(writer.offset - HEAD);
    append(bytes.subarray(HEAD, bytes.length - FOOT - metadata.metadata_length));
    writer.offset += bytes.length - FOOT - metadata.metadata_length - HEAD;
    for (const group of metadata.row_groups) {
      parquet.row_groups.push({
        ...group,
        columns: group.columns.map((chunk) => moved(chunk, by)),
        ...(group.file_offset === undefined ? {} : { file_offset: group.file_offset + by }),
      });
    }
    parquet.num_rows += metadata.num_rows;
  }
  if (!parquet) throw new InputError('there is nothing to join');
  void parquet.finish();
  flush();
}
