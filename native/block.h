// Real 2x2 blocks in lanes.
#pragma once

#include "memory.h"

namespace busbar {
namespace {

/** A real 2x2 block [a b; c d] in all lanes. */
template <int W>
struct Block {
  using v = Operations<W>;
  using Vector = typename v::Vector;
  static constexpr size_t BYTES = 4 * v::HALF;
  Vector a;
  Vector b;
  Vector c;
  Vector d;

  static BUSBAR_INLINE Block load(const char* p) { return {v::load(p), v::load(p + v::HALF), v::load(p + 2 * v::HALF), v::load(p + 3 * v::HALF)}; }
  BUSBAR_INLINE void store(char* p) const {
    v::store(p, a);
    v::store(p + v::HALF, b);
    v::store(p + 2 * v::HALF, c);
    v::store(p + 3 * v::HALF, d);
  }
  static BUSBAR_INLINE Block zero() { return {v::splat(0.0), v::splat(0.0), v::splat(0.0), v::splat(0.0)}; }
  BUSBAR_INLINE Block inverse() const {
    const Vector r = v::div(v::splat(1.0), v::sub(v::mul(a, d), v::mul(b, c)));
    const Vector zero = v::splat(0.0);
    return {v::mul(d, r), v::sub(zero, v::mul(b, r)), v::sub(zero, v::mul(c, r)), v::mul(a, r)};
  }
  BUSBAR_INLINE Block times(const Block& o) const {
    return {v::add(v::mul(a, o.a), v::mul(b, o.c)), v::add(v::mul(a, o.b), v::mul(b, o.d)), v::add(v::mul(c, o.a), v::mul(d, o.c)),
            v::add(v::mul(c, o.b), v::mul(d, o.d))};
  }
  BUSBAR_INLINE Block plus(const Block& o) const { return {v::add(a, o.a), v::add(b, o.b), v::add(c, o.c), v::add(d, o.d)}; }
  BUSBAR_INLINE Block minus(const Block& o) const { return {v::sub(a, o.a), v::sub(b, o.b), v::sub(c, o.c), v::sub(d, o.d)}; }
  /** First and second component of the product with [x; y]. */
  BUSBAR_INLINE Vector first(Vector x, Vector y) const { return v::add(v::mul(a, x), v::mul(b, y)); }
  BUSBAR_INLINE Vector second(Vector x, Vector y) const { return v::add(v::mul(c, x), v::mul(d, y)); }
};

}  // namespace
}  // namespace busbar
