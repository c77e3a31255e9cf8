// The memory a kernel works in and the layout block that says where its arrays are.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "layout.h"
#include "lanes.h"

namespace busbar {
namespace {

/** One number at an address. */
template <typename T>
BUSBAR_INLINE T at(const char* p) {
  T value;
  __builtin_memcpy(&value, p, sizeof value);
  return value;
}

template <typename T>
BUSBAR_INLINE void put(char* p, T value) {
  __builtin_memcpy(p, &value, sizeof value);
}

/** A 32-bit count or byte offset, widened. */
BUSBAR_INLINE size_t index(const char* p) { return at<uint32_t>(p); }

/** A plan in memory: the base of the memory and the address of the layout block. */
struct Plan {
  char* base;
  const char* fields;

  Plan(char* memory, uint32_t layoutOffset) : base(memory), fields(memory + layoutOffset) {}

  BUSBAR_INLINE size_t count(int field) const { return index(fields + 4 * field); }
  BUSBAR_INLINE char* array(int field) const { return base + count(field); }
  /** The address of an offset that stands in a record. */
  BUSBAR_INLINE char* pointer(const char* record) const { return base + index(record); }
};

BUSBAR_INLINE void copyBytes(char* to, const char* from, size_t bytes) { __builtin_memcpy(to, from, bytes); }

/** Bytes of one block's voltages (or injections): all slots and the ground. */
template <int W>
BUSBAR_INLINE size_t blockBytes(size_t nodes) {
  return (nodes + 1) * Operations<W>::COLUMN;
}

}  // namespace
}  // namespace busbar
