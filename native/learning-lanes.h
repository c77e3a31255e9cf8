// The page of lane operations of the learning kernels: vectors of float32. No intrinsic of theirs stands outside this file.
//
// Products and sums are fused where `fused` says so, on every width alike, so that all native widths give the same bits; WebAssembly has no fused product and
// rounds twice, and its last digits differ.
#pragma once

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define BUSBAR_INLINE inline __attribute__((always_inline))

namespace busbar {
namespace {

/** Numbers below are computed with a hundred times slower. */
constexpr float SMALLEST_NORMAL = 1.17549435e-38f;

template <int W>
struct Floats;

#if defined(__AVX2__) && defined(__FMA__)
template <>
struct Floats<8> {
  using Vector = __m256;
  /** Vectors to hold while one product goes on: rows and vectors of a tile. */
  static constexpr int TILE_ROWS = 6;
  static constexpr int TILE_VECTORS = 2;
  static BUSBAR_INLINE Vector load(const char* p) { return _mm256_loadu_ps(reinterpret_cast<const float*>(p)); }
  static BUSBAR_INLINE void store(char* p, Vector x) { _mm256_storeu_ps(reinterpret_cast<float*>(p), x); }
  static BUSBAR_INLINE Vector spread(const char* p) { return _mm256_broadcast_ss(reinterpret_cast<const float*>(p)); }
  static BUSBAR_INLINE Vector splat(float x) { return _mm256_set1_ps(x); }
  static BUSBAR_INLINE Vector add(Vector a, Vector b) { return _mm256_add_ps(a, b); }
  static BUSBAR_INLINE Vector sub(Vector a, Vector b) { return _mm256_sub_ps(a, b); }
  static BUSBAR_INLINE Vector mul(Vector a, Vector b) { return _mm256_mul_ps(a, b); }
  static BUSBAR_INLINE Vector div(Vector a, Vector b) { return _mm256_div_ps(a, b); }
  static BUSBAR_INLINE Vector sqrt(Vector a) { return _mm256_sqrt_ps(a); }
  /** a b + c, rounded once. */
  static BUSBAR_INLINE Vector fused(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }
  /** b where a < b, else a: a where it is not a number. */
  static BUSBAR_INLINE Vector atLeast(Vector a, Vector b) { return _mm256_max_ps(b, a); }
  /** b where b < a, else a: a where it is not a number. */
  static BUSBAR_INLINE Vector atMost(Vector a, Vector b) { return _mm256_min_ps(b, a); }
  /** x where y > 0, else `otherwise`. */
  static BUSBAR_INLINE Vector where(Vector y, Vector x, Vector otherwise) {
    return _mm256_blendv_ps(otherwise, x, _mm256_cmp_ps(y, _mm256_setzero_ps(), _CMP_GT_OQ));
  }
  /** x, or 0 where it is below the smallest normal number. */
  static BUSBAR_INLINE Vector settled(Vector x) {
    const Vector size = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x);
    return _mm256_and_ps(x, _mm256_cmp_ps(size, _mm256_set1_ps(SMALLEST_NORMAL), _CMP_GE_OQ));
  }
};
#endif

#if defined(__AVX512F__)
template <>
struct Floats<16> {
  using Vector = __m512;
  static constexpr int TILE_ROWS = 12;
  static constexpr int TILE_VECTORS = 2;
  static BUSBAR_INLINE Vector load(const char* p) { return _mm512_loadu_ps(p); }
  static BUSBAR_INLINE void store(char* p, Vector x) { _mm512_storeu_ps(p, x); }
  static BUSBAR_INLINE Vector spread(const char* p) { return _mm512_set1_ps(*reinterpret_cast<const float*>(p)); }
  static BUSBAR_INLINE Vector splat(float x) { return _mm512_set1_ps(x); }
  static BUSBAR_INLINE Vector add(Vector a, Vector b) { return _mm512_add_ps(a, b); }
  static BUSBAR_INLINE Vector sub(Vector a, Vector b) { return _mm512_sub_ps(a, b); }
  static BUSBAR_INLINE Vector mul(Vector a, Vector b) { return _mm512_mul_ps(a, b); }
  static BUSBAR_INLINE Vector div(Vector a, Vector b) { return _mm512_div_ps(a, b); }
  static BUSBAR_INLINE Vector sqrt(Vector a) { return _mm512_maskz_sqrt_ps(65535, a); }
  static BUSBAR_INLINE Vector fused(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
  static BUSBAR_INLINE Vector atLeast(Vector a, Vector b) { return _mm512_maskz_max_ps(65535, b, a); }
  static BUSBAR_INLINE Vector atMost(Vector a, Vector b) { return _mm512_maskz_min_ps(65535, b, a); }
  static BUSBAR_INLINE Vector where(Vector y, Vector x, Vector otherwise) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(y, _mm512_setzero_ps(), _CMP_GT_OQ), otherwise, x);
  }
  static BUSBAR_INLINE Vector settled(Vector x) {
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(_mm512_abs_ps(x), _mm512_set1_ps(SMALLEST_NORMAL), _CMP_GE_OQ), x);
  }
};
#endif

/** Transposes 4 by 4 floats: rows `fromStride` bytes apart to rows `toStride` apart. */
BUSBAR_INLINE void transposeFour(const char* from, size_t fromStride, char* to, size_t toStride) {
  __m128 a = _mm_loadu_ps(reinterpret_cast<const float*>(from));
  __m128 b = _mm_loadu_ps(reinterpret_cast<const float*>(from + fromStride));
  __m128 c = _mm_loadu_ps(reinterpret_cast<const float*>(from + 2 * fromStride));
  __m128 d = _mm_loadu_ps(reinterpret_cast<const float*>(from + 3 * fromStride));
  _MM_TRANSPOSE4_PS(a, b, c, d);
  _mm_storeu_ps(reinterpret_cast<float*>(to), a);
  _mm_storeu_ps(reinterpret_cast<float*>(to + toStride), b);
  _mm_storeu_ps(reinterpret_cast<float*>(to + 2 * toStride), c);
  _mm_storeu_ps(reinterpret_cast<float*>(to + 3 * toStride), d);
}

}  // namespace
}  // namespace busbar
