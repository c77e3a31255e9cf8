/**
 * CRC-32C, Castagnoli's polynomial, reflected: 0x82f63b78 (RFC 3720, section 12.1 and appendix B.4).
 */

/** [byte]: what eight steps of the shift register make of it. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0x82f63b78 : rest >>> 1;
  return rest >>> 0;
});

/** The sum of bytes, 0 to 2^32 - 1. @param before the sum of what stands before them, for data in pieces */
export function crc32c(bytes: Uint8Array, before = 0): number {
  let rest = ~before;
  for (let i = 0; i < bytes.length; i++) rest = TABLE[(rest ^ bytes[i]) & 255] ^ (rest >>> 8);
  return ~rest >>> 0;
}
