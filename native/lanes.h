// The page of lane operations: a vector of numbers, one a scenario, and a mask of lanes. No intrinsic stands outside this file.
//
// All templates go by a width W, which says lanes and precision: W doubles, or W - WIDTH_SINGLE floats.
//
// Each operation rounds once, as IEEE 754 has it, and none combines a product with a sum, so that a lane's bits do not depend on W nor on the machine.
// The widest set of instructions of the translation unit decides which widths exist: 2 always, 4 with AVX2, 8 with AVX-512,
// and as single precision twice as many. AArch64 would be a Lanes<2> on NEON.
#pragma once

#if !defined(__SSE2__)
#error "lanes.h has no operations for this processor yet; busbar runs on WebAssembly there"
#endif

#include <immintrin.h>

#include "layout.h"

#define BUSBAR_INLINE inline __attribute__((always_inline))

namespace busbar {
namespace {

/** The width of so many floats. */
constexpr int single(int lanes) { return WIDTH_SINGLE + lanes; }

template <int W>
struct Lanes;

template <>
struct Lanes<2> {
  using Vector = __m128d;
  using Mask = __m128d;

  static BUSBAR_INLINE Vector load(const char* p) { return _mm_loadu_pd(reinterpret_cast<const double*>(p)); }
  static BUSBAR_INLINE void store(char* p, Vector x) { _mm_storeu_pd(reinterpret_cast<double*>(p), x); }
  /** One number in all lanes. */
  static BUSBAR_INLINE Vector spread(const char* p) { return _mm_load1_pd(reinterpret_cast<const double*>(p)); }
  static BUSBAR_INLINE Vector splat(double x) { return _mm_set1_pd(x); }
  static BUSBAR_INLINE Vector add(Vector a, Vector b) { return _mm_add_pd(a, b); }
  static BUSBAR_INLINE Vector sub(Vector a, Vector b) { return _mm_sub_pd(a, b); }
  static BUSBAR_INLINE Vector mul(Vector a, Vector b) { return _mm_mul_pd(a, b); }
  static BUSBAR_INLINE Vector div(Vector a, Vector b) { return _mm_div_pd(a, b); }
  static BUSBAR_INLINE Vector sqrt(Vector a) { return _mm_sqrt_pd(a); }
  /** a where a > b, else b: so b where either is NaN, and where both are zeros (what MAXPD does; elsewhere compare and select). */
  static BUSBAR_INLINE Vector larger(Vector a, Vector b) { return _mm_max_pd(a, b); }
  static BUSBAR_INLINE Mask greater(Vector a, Vector b) { return _mm_cmpgt_pd(a, b); }
  /** False where either is NaN. */
  static BUSBAR_INLINE Mask atMost(Vector a, Vector b) { return _mm_cmple_pd(a, b); }
  static BUSBAR_INLINE Mask none() { return _mm_setzero_pd(); }
  static BUSBAR_INLINE Mask every() { return _mm_castsi128_pd(_mm_set1_epi32(-1)); }
  static BUSBAR_INLINE Mask both(Mask a, Mask b) { return _mm_and_pd(a, b); }
  static BUSBAR_INLINE Mask either(Mask a, Mask b) { return _mm_or_pd(a, b); }
  static BUSBAR_INLINE Mask inverse(Mask a) { return _mm_xor_pd(a, every()); }
  /** a where the mask is set, else b. */
  static BUSBAR_INLINE Vector select(Vector a, Vector b, Mask mask) { return _mm_or_pd(_mm_and_pd(mask, a), _mm_andnot_pd(mask, b)); }
  /** Bit i: lane i. */
  static BUSBAR_INLINE unsigned bits(Mask mask) { return static_cast<unsigned>(_mm_movemask_pd(mask)); }
};

template <>
struct Lanes<single(4)> {
  using Vector = __m128;
  using Mask = __m128;

  static BUSBAR_INLINE Vector load(const char* p) { return _mm_loadu_ps(reinterpret_cast<const float*>(p)); }
  static BUSBAR_INLINE void store(char* p, Vector x) { _mm_storeu_ps(reinterpret_cast<float*>(p), x); }
  static BUSBAR_INLINE Vector spread(const char* p) { return _mm_load1_ps(reinterpret_cast<const float*>(p)); }
  static BUSBAR_INLINE Vector splat(double x) { return _mm_set1_ps(static_cast<float>(x)); }
  static BUSBAR_INLINE Vector add(Vector a, Vector b) { return _mm_add_ps(a, b); }
  static BUSBAR_INLINE Vector sub(Vector a, Vector b) { return _mm_sub_ps(a, b); }
  static BUSBAR_INLINE Vector mul(Vector a, Vector b) { return _mm_mul_ps(a, b); }
  static BUSBAR_INLINE Vector div(Vector a, Vector b) { return _mm_div_ps(a, b); }
  static BUSBAR_INLINE Vector sqrt(Vector a) { return _mm_sqrt_ps(a); }
  static BUSBAR_INLINE Vector larger(Vector a, Vector b) { return _mm_max_ps(a, b); }
  static BUSBAR_INLINE Mask greater(Vector a, Vector b) { return _mm_cmpgt_ps(a, b); }
  static BUSBAR_INLINE Mask atMost(Vector a, Vector b) { return _mm_cmple_ps(a, b); }
  static BUSBAR_INLINE Mask none() { return _mm_setzero_ps(); }
  static BUSBAR_INLINE Mask every() { return _mm_castsi128_ps(_mm_set1_epi32(-1)); }
  static BUSBAR_INLINE Mask both(Mask a, Mask b) { return _mm_and_ps(a, b); }
  static BUSBAR_INLINE Mask either(Mask a, Mask b) { return _mm_or_ps(a, b); }
  static BUSBAR_INLINE Mask inverse(Mask a) { return _mm_xor_ps(a, every()); }
  static BUSBAR_INLINE Vector select(Vector a, Vector b, Mask mask) { return _mm_or_ps(_mm_and_ps(mask, a), _mm_andnot_ps(mask, b)); }
  static BUSBAR_INLINE unsigned bits(Mask mask) { return static_cast<unsigned>(_mm_movemask_ps(mask)); }
};

#if defined(__AVX2__)
template <>
struct Lanes<4> {
  using Vector = __m256d;
  using Mask = __m256d;

  static BUSBAR_INLINE Vector load(const char* p) { return _mm256_loadu_pd(reinterpret_cast<const double*>(p)); }
  static BUSBAR_INLINE void store(char* p, Vector x) { _mm256_storeu_pd(reinterpret_cast<double*>(p), x); }
  static BUSBAR_INLINE Vector spread(const char* p) { return _mm256_broadcast_sd(reinterpret_cast<const double*>(p)); }
  static BUSBAR_INLINE Vector splat(double x) { return _mm256_set1_pd(x); }
  static BUSBAR_INLINE Vector add(Vector a, Vector b) { return _mm256_add_pd(a, b); }
  static BUSBAR_INLINE Vector sub(Vector a, Vector b) { return _mm256_sub_pd(a, b); }
  static BUSBAR_INLINE Vector mul(Vector a, Vector b) { return _mm256_mul_pd(a, b); }
  static BUSBAR_INLINE Vector div(Vector a, Vector b) { return _mm256_div_pd(a, b); }
  static BUSBAR_INLINE Vector sqrt(Vector a) { return _mm256_sqrt_pd(a); }
  static BUSBAR_INLINE Vector larger(Vector a, Vector b) { return _mm256_max_pd(a, b); }
  static BUSBAR_INLINE Mask greater(Vector a, Vector b) { return _mm256_cmp_pd(a, b, _CMP_GT_OQ); }
  static BUSBAR_INLINE Mask atMost(Vector a, Vector b) { return _mm256_cmp_pd(a, b, _CMP_LE_OQ); }
  static BUSBAR_INLINE Mask none() { return _mm256_setzero_pd(); }
  static BUSBAR_INLINE Mask every() { return _mm256_castsi256_pd(_mm256_set1_epi32(-1)); }
  static BUSBAR_INLINE Mask both(Mask a, Mask b) { return _mm256_and_pd(a, b); }
  static BUSBAR_INLINE Mask either(Mask a, Mask b) { return _mm256_or_pd(a, b); }
  static BUSBAR_INLINE Mask inverse(Mask a) { return _mm256_xor_pd(a, every()); }
  static BUSBAR_INLINE Vector select(Vector a, Vector b, Mask mask) { return _mm256_blendv_pd(b, a, mask); }
  static BUSBAR_INLINE unsigned bits(Mask mask) { return static_cast<unsigned>(_mm256_movemask_pd(mask)); }
};

template <>
struct Lanes<single(8)> {
  using Vector = __m256;
  using Mask = __m256;

  static BUSBAR_INLINE Vector load(const char* p) { return _mm256_loadu_ps(reinterpret_cast<const float*>(p)); }
  static BUSBAR_INLINE void store(char* p, Vector x) { _mm256_storeu_ps(reinterpret_cast<float*>(p), x); }
  static BUSBAR_INLINE Vector spread(const char* p) { return _mm256_broadcast_ss(reinterpret_cast<const float*>(p)); }
  static BUSBAR_INLINE Vector splat(double x) { return _mm256_set1_ps(static_cast<float>(x)); }
  static BUSBAR_INLINE Vector add(Vector a, Vector b) { return _mm256_add_ps(a, b); }
  static BUSBAR_INLINE Vector sub(Vector a, Vector b) { return _mm256_sub_ps(a, b); }
  static BUSBAR_INLINE Vector mul(Vector a, Vector b) { return _mm256_mul_ps(a, b); }
  static BUSBAR_INLINE Vector div(Vector a, Vector b) { return _mm256_div_ps(a, b); }
  static BUSBAR_INLINE Vector sqrt(Vector a) { return _mm256_sqrt_ps(a); }
  static BUSBAR_INLINE Vector larger(Vector a, Vector b) { return _mm256_max_ps(a, b); }
  static BUSBAR_INLINE Mask greater(Vector a, Vector b) { return _mm256_cmp_ps(a, b, _CMP_GT_OQ); }
  static BUSBAR_INLINE Mask atMost(Vector a, Vector b) { return _mm256_cmp_ps(a, b, _CMP_LE_OQ); }
  static BUSBAR_INLINE Mask none() { return _mm256_setzero_ps(); }
  static BUSBAR_INLINE Mask every() { return _mm256_castsi256_ps(_mm256_set1_epi32(-1)); }
  static BUSBAR_INLINE Mask both(Mask a, Mask b) { return _mm256_and_ps(a, b); }
  static BUSBAR_INLINE Mask either(Mask a, Mask b) { return _mm256_or_ps(a, b); }
  static BUSBAR_INLINE Mask inverse(Mask a) { return _mm256_xor_ps(a, every()); }
  static BUSBAR_INLINE Vector select(Vector a, Vector b, Mask mask) { return _mm256_blendv_ps(b, a, mask); }
  static BUSBAR_INLINE unsigned bits(Mask mask) { return static_cast<unsigned>(_mm256_movemask_ps(mask)); }
};
#endif

#if defined(__AVX512F__)
template <>
struct Lanes<8> {
  using Vector = __m512d;
  using Mask = __mmask8;

  static BUSBAR_INLINE Vector load(const char* p) { return _mm512_loadu_pd(p); }
  static BUSBAR_INLINE void store(char* p, Vector x) { _mm512_storeu_pd(p, x); }
  static BUSBAR_INLINE Vector spread(const char* p) { return _mm512_set1_pd(*reinterpret_cast<const double*>(p)); }
  static BUSBAR_INLINE Vector splat(double x) { return _mm512_set1_pd(x); }
  static BUSBAR_INLINE Vector add(Vector a, Vector b) { return _mm512_add_pd(a, b); }
  static BUSBAR_INLINE Vector sub(Vector a, Vector b) { return _mm512_sub_pd(a, b); }
  static BUSBAR_INLINE Vector mul(Vector a, Vector b) { return _mm512_mul_pd(a, b); }
  static BUSBAR_INLINE Vector div(Vector a, Vector b) { return _mm512_div_pd(a, b); }
  static BUSBAR_INLINE Vector sqrt(Vector a) { return _mm512_maskz_sqrt_pd(255, a); }
  static BUSBAR_INLINE Vector larger(Vector a, Vector b) { return _mm512_maskz_max_pd(255, a, b); }
  static BUSBAR_INLINE Mask greater(Vector a, Vector b) { return _mm512_cmp_pd_mask(a, b, _CMP_GT_OQ); }
  static BUSBAR_INLINE Mask atMost(Vector a, Vector b) { return _mm512_cmp_pd_mask(a, b, _CMP_LE_OQ); }
  static BUSBAR_INLINE Mask none() { return 0; }
  static BUSBAR_INLINE Mask every() { return 255; }
  static BUSBAR_INLINE Mask both(Mask a, Mask b) { return static_cast<Mask>(a & b); }
  static BUSBAR_INLINE Mask either(Mask a, Mask b) { return static_cast<Mask>(a | b); }
  static BUSBAR_INLINE Mask inverse(Mask a) { return static_cast<Mask>(~a); }
  static BUSBAR_INLINE Vector select(Vector a, Vector b, Mask mask) { return _mm512_mask_blend_pd(mask, b, a); }
  static BUSBAR_INLINE unsigned bits(Mask mask) { return mask; }
};

template <>
struct Lanes<single(16)> {
  using Vector = __m512;
  using Mask = __mmask16;

  static BUSBAR_INLINE Vector load(const char* p) { return _mm512_loadu_ps(p); }
  static BUSBAR_INLINE void store(char* p, Vector x) { _mm512_storeu_ps(p, x); }
  static BUSBAR_INLINE Vector spread(const char* p) { return _mm512_set1_ps(*reinterpret_cast<const float*>(p)); }
  static BUSBAR_INLINE Vector splat(double x) { return _mm512_set1_ps(static_cast<float>(x)); }
  static BUSBAR_INLINE Vector add(Vector a, Vector b) { return _mm512_add_ps(a, b); }
  static BUSBAR_INLINE Vector sub(Vector a, Vector b) { return _mm512_sub_ps(a, b); }
  static BUSBAR_INLINE Vector mul(Vector a, Vector b) { return _mm512_mul_ps(a, b); }
  static BUSBAR_INLINE Vector div(Vector a, Vector b) { return _mm512_div_ps(a, b); }
  static BUSBAR_INLINE Vector sqrt(Vector a) { return _mm512_maskz_sqrt_ps(65535, a); }
  static BUSBAR_INLINE Vector larger(Vector a, Vector b) { return _mm512_maskz_max_ps(65535, a, b); }
  static BUSBAR_INLINE Mask greater(Vector a, Vector b) { return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ); }
  static BUSBAR_INLINE Mask atMost(Vector a, Vector b) { return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ); }
  static BUSBAR_INLINE Mask none() { return 0; }
  static BUSBAR_INLINE Mask every() { return 65535; }
  static BUSBAR_INLINE Mask both(Mask a, Mask b) { return static_cast<Mask>(a & b); }
  static BUSBAR_INLINE Mask either(Mask a, Mask b) { return static_cast<Mask>(a | b); }
  static BUSBAR_INLINE Mask inverse(Mask a) { return static_cast<Mask>(~a); }
  static BUSBAR_INLINE Vector select(Vector a, Vector b, Mask mask) { return _mm512_mask_blend_ps(mask, b, a); }
  static BUSBAR_INLINE unsigned bits(Mask mask) { return mask; }
};
#endif

template <int W>
struct Numbers {
  using Unit = double;
  static constexpr int LANES = W;
};
template <int W>
  requires(W > WIDTH_SINGLE)
struct Numbers<W> {
  using Unit = float;
  static constexpr int LANES = W - WIDTH_SINGLE;
};

/** What follows from the operations above, the same for every width. */
template <int W>
struct Operations : Lanes<W> {
  using Base = Lanes<W>;
  using typename Base::Mask;
  using typename Base::Vector;
  using Unit = typename Numbers<W>::Unit;

  static constexpr int LANES = Numbers<W>::LANES;
  static constexpr bool SINGLE = W > WIDTH_SINGLE;
  /** Bytes of one number, of one vector, and of one complex number in all lanes. */
  static constexpr unsigned UNIT = sizeof(Unit);
  static constexpr unsigned HALF = UNIT * LANES;
  static constexpr unsigned COLUMN = 2 * HALF;

  static BUSBAR_INLINE bool any(Mask mask) { return Base::bits(mask) != 0; }
  static BUSBAR_INLINE bool all(Mask mask) { return Base::bits(mask) == (1u << LANES) - 1u; }
  /** One number that all lanes share, as a double. */
  static BUSBAR_INLINE double number(const char* p) {
    Unit value;
    __builtin_memcpy(&value, p, sizeof value);
    return value;
  }
  /** All lanes as an array of doubles. */
  static BUSBAR_INLINE void spill(Vector a, double* into) {
    Unit lanes[LANES];
    Base::store(reinterpret_cast<char*>(lanes), a);
    for (int lane = 0; lane < LANES; lane++) into[lane] = lanes[lane];
  }
  static BUSBAR_INLINE Vector gather(const double* from) {
    Unit lanes[LANES];
    for (int lane = 0; lane < LANES; lane++) lanes[lane] = static_cast<Unit>(from[lane]);
    return Base::load(reinterpret_cast<const char*>(lanes));
  }
};

}  // namespace
}  // namespace busbar
