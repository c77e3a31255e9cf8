// The learning kernels: one tape of instructions (src/learning/tape-layout.ts), carried out in order. A template over the number of floats a vector, included by
// one translation unit a width.
//
// Matrix products go tile by tile: so many rows and vectors of C in registers, one step of the sum after the other, so that an entry's sum runs in the order of
// its steps on every width. Sums longer than STEPS_AT_ONCE are cut, the part so far standing in C, to keep what is read again within the first-level cache.
#pragma once

#include <string.h>

#include "learning-layout.h"
#include "learning-lanes.h"

namespace busbar {
namespace {

/** One instruction. */
struct Instruction {
  char* base;
  const char* words;

  BUSBAR_INLINE uint32_t count(int word) const {
    uint32_t value;
    memcpy(&value, words + 4 * word, sizeof value);
    return value;
  }
  BUSBAR_INLINE float number(int word) const {
    float value;
    memcpy(&value, words + 4 * word, sizeof value);
    return value;
  }
  BUSBAR_INLINE char* array(int word) const { return base + count(word); }
};

constexpr size_t STEPS_AT_ONCE = 256;

template <int W>
struct Learning {
  using v = Floats<W>;
  using Vector = typename v::Vector;
  static constexpr size_t BYTES = 4 * W;
  /** Vectors of a panel's row. */
  static constexpr int IN_PANEL = PANEL / W;

  /** Where rows of C and vectors of its columns are. */
  struct Target {
    char* c;
    size_t stride;
    size_t panel;
  };
  /** A product's factors: A one number a row and step, B one row of vectors a step. */
  struct Factors {
    const char* a;
    size_t aRow;
    size_t aStep;
    const char* b;
    size_t bStep;
    size_t bPanel;
    size_t steps;
  };

  /** Distance of vector j from the first, panels being `panel` bytes apart. */
  static BUSBAR_INLINE size_t vectorAt(int j, size_t panel) { return (j / IN_PANEL) * panel + (j % IN_PANEL) * BYTES; }

  template <int ROWS, int VECTORS>
  static BUSBAR_INLINE void tile(const Target& target, const Factors& factors, int start, const char* bias, bool relu) {
    Vector sums[ROWS][VECTORS];
#pragma GCC unroll 16
    for (int r = 0; r < ROWS; r++) {
#pragma GCC unroll 4
      for (int j = 0; j < VECTORS; j++) {
        sums[r][j] = start == START_ZERO   ? v::splat(0.0f)
                     : start == START_BIAS ? v::load(bias + j * BYTES)
                                           : v::load(target.c + r * target.stride + vectorAt(j, target.panel));
      }
    }
    const char* a = factors.a;
    const char* b = factors.b;
    const size_t aRow = factors.aRow;
    const size_t aStep = factors.aStep;
    const size_t bStep = factors.bStep;
    const size_t bPanel = factors.bPanel;
    for (size_t k = factors.steps; k > 0; k--) {
      Vector row[VECTORS];
#pragma GCC unroll 4
      for (int j = 0; j < VECTORS; j++) row[j] = v::load(b + vectorAt(j, bPanel));
#pragma GCC unroll 16
      for (int r = 0; r < ROWS; r++) {
        const Vector one = v::spread(a + r * aRow);
#pragma GCC unroll 4
        for (int j = 0; j < VECTORS; j++) sums[r][j] = v::fused(one, row[j], sums[r][j]);
      }
      a += aStep;
      b += bStep;
    }
    if (relu) {
#pragma GCC unroll 16
      for (int r = 0; r < ROWS; r++) {
#pragma GCC unroll 4
        for (int j = 0; j < VECTORS; j++) sums[r][j] = v::atLeast(sums[r][j], v::splat(0.0f));
      }
    }
#pragma GCC unroll 16
    for (int r = 0; r < ROWS; r++) {
#pragma GCC unroll 4
      for (int j = 0; j < VECTORS; j++) v::store(target.c + r * target.stride + vectorAt(j, target.panel), sums[r][j]);
    }
  }

  /** As many tiles of so many rows as there is room for; then smaller ones. */
  template <int ROWS, int VECTORS>
  static BUSBAR_INLINE void tiles(Target target, Factors factors, size_t rows, int start, const char* bias, bool relu) {
    for (; rows >= ROWS; rows -= ROWS) {
      tile<ROWS, VECTORS>(target, factors, start, bias, relu);
      target.c += ROWS * target.stride;
      factors.a += ROWS * factors.aRow;
    }
    if constexpr (ROWS > 1) {
      if (rows > 0) tiles<(ROWS > 8 ? 8 : ROWS > 4 ? 4 : ROWS / 2), VECTORS>(target, factors, rows, start, bias, relu);
    }
  }

  /** C = start + sum of A B over steps, `columns` filled up to whole panels. `contiguousRows`: A's rows are one float apart, else its steps are. */
  template <bool CONTIGUOUS_ROWS>
  static void product(Target target, Factors factors, size_t rows, size_t columns, int start, const char* bias, bool relu = false) {
    if constexpr (CONTIGUOUS_ROWS) factors.aRow = 4;
    else factors.aStep = 4;
    const size_t all = factors.steps;
    const size_t vectors = (columns + PANEL - 1) / PANEL * IN_PANEL;
    for (size_t from = 0; from < all || from == 0; from += STEPS_AT_ONCE) {
      Factors part = factors;
      part.a += from * factors.aStep;
      part.b += from * factors.bStep;
      part.steps = all - from < STEPS_AT_ONCE ? all - from : STEPS_AT_ONCE;
      const int begin = from == 0 ? start : START_SUM;
      const bool isCut = relu && from + part.steps == all;
      for (size_t j = 0; j < vectors; j += v::TILE_VECTORS) {
        const size_t distance = vectorAt(static_cast<int>(j), target.panel);
        Factors columnsOf = part;
        columnsOf.b += vectorAt(static_cast<int>(j), factors.bPanel);
        const Target at = {target.c + distance, target.stride, target.panel};
        const char* own = bias == nullptr ? nullptr : bias + j * BYTES;
        if (vectors - j >= v::TILE_VECTORS) tiles<v::TILE_ROWS, v::TILE_VECTORS>(at, columnsOf, rows, begin, own, isCut);
        else tiles<v::TILE_ROWS, 1>(at, columnsOf, rows, begin, own, isCut);
      }
    }
  }

  static void multiply(const Instruction& in) {
    const int start = static_cast<int>(in.count(MULTIPLY_START));
    product<false>({in.array(MULTIPLY_C), in.count(MULTIPLY_C_STRIDE), PANEL_BYTES},
                   {in.array(MULTIPLY_A), in.count(MULTIPLY_A_STRIDE), 4, in.array(MULTIPLY_B), PANEL_BYTES, in.count(MULTIPLY_B_PANEL),
                    in.count(MULTIPLY_STEPS)},
                   in.count(MULTIPLY_ROWS), in.count(MULTIPLY_COLUMNS), start, start == START_BIAS ? in.array(MULTIPLY_BIAS) : nullptr,
                   in.count(MULTIPLY_RELU) != 0);
  }

  static void outer(const Instruction& in) {
    const size_t rows = in.count(OUTER_ROWS);
    product<true>({in.array(OUTER_C), PANEL_BYTES, rows * PANEL_BYTES},
                  {in.array(OUTER_A), 4, in.count(OUTER_A_STRIDE), in.array(OUTER_B), in.count(OUTER_B_STRIDE), PANEL_BYTES, in.count(OUTER_STEPS)}, rows,
                  in.count(OUTER_COLUMNS), START_SUM, nullptr);
  }

  /** x P(x^2) / Q(x^2), |x| <= 9: within 4e-7 of the hyperbolic tangent; coefficients fitted by us. The same numbers in assembly/learning and reference-kernels.ts. */
  static BUSBAR_INLINE Vector tanh(Vector x) {
    const Vector clipped = v::atMost(v::atLeast(x, v::splat(-9.0f)), v::splat(9.0f));
    const Vector z = v::mul(clipped, clipped);
    Vector above = v::splat(1.3352921e-08f);
    above = v::fused(above, z, v::splat(2.0607869e-05f));
    above = v::fused(above, z, v::splat(3.4955174e-03f));
    above = v::fused(above, z, v::splat(1.3380967e-01f));
    above = v::fused(above, z, v::splat(1.0f));
    Vector below = v::splat(7.7758568e-07f);
    below = v::fused(below, z, v::splat(3.2855169e-04f));
    below = v::fused(below, z, v::splat(2.5876718e-02f));
    below = v::fused(below, z, v::splat(4.6714282e-01f));
    below = v::fused(below, z, v::splat(1.0f));
    const Vector result = v::div(v::mul(clipped, above), below);
    return v::atMost(v::atLeast(result, v::splat(-1.0f)), v::splat(1.0f));
  }

  static BUSBAR_INLINE Vector sigmoid(Vector x) { return v::fused(v::splat(0.5f), tanh(v::mul(x, v::splat(0.5f))), v::splat(0.5f)); }

  /** Calls f with the address of each vector of each row. */
  template <typename F>
  static BUSBAR_INLINE void eachVector(char* p, size_t stride, size_t rows, size_t columns, F f) {
    const size_t bytes = (columns + PANEL - 1) / PANEL * PANEL_BYTES;
    for (size_t r = 0; r < rows; r++) {
      for (size_t at = 0; at < bytes; at += BYTES) f(p + at, at);
      p += stride;
    }
  }

  static void activate(const Instruction& in) {
    char* y = in.array(ACTIVATE_Y);
    const size_t stride = in.count(ACTIVATE_STRIDE);
    const size_t rows = in.count(ACTIVATE_ROWS);
    const size_t columns = in.count(ACTIVATE_COLUMNS);
    const Vector slope = v::splat(in.number(ACTIVATE_SLOPE));
    const Vector zero = v::splat(0.0f);
    switch (in.count(ACTIVATE_KIND)) {
      case ACTIVATION_RELU: eachVector(y, stride, rows, columns, [=](char* p, size_t) { v::store(p, v::atLeast(v::load(p), zero)); }); break;
      case ACTIVATION_LEAKY:
        eachVector(y, stride, rows, columns, [=](char* p, size_t) {
          const Vector x = v::load(p);
          v::store(p, v::where(x, x, v::mul(x, slope)));
        });
        break;
      case ACTIVATION_TANH: eachVector(y, stride, rows, columns, [](char* p, size_t) { v::store(p, tanh(v::load(p))); }); break;
      case ACTIVATION_SIGMOID: eachVector(y, stride, rows, columns, [](char* p, size_t) { v::store(p, sigmoid(v::load(p))); }); break;
      default: break;
    }
  }

  template <typename F>
  static BUSBAR_INLINE void deriveBy(const Instruction& in, F slopeOf) {
    char* dy = in.array(DERIVE_DY);
    const char* y = in.array(DERIVE_Y);
    const size_t dyStride = in.count(DERIVE_DY_STRIDE);
    const size_t yStride = in.count(DERIVE_Y_STRIDE);
    const size_t rows = in.count(DERIVE_ROWS);
    const size_t bytes = (in.count(DERIVE_COLUMNS) + PANEL - 1) / PANEL * PANEL_BYTES;
    char* bias = in.count(DERIVE_BIAS) == 0 ? nullptr : in.array(DERIVE_BIAS);
    for (size_t r = 0; r < rows; r++) {
      for (size_t at = 0; at < bytes; at += BYTES) {
        const Vector dz = slopeOf(v::load(dy + at), v::load(y + at));
        v::store(dy + at, dz);
        if (bias != nullptr) v::store(bias + at, v::add(v::load(bias + at), dz));
      }
      dy += dyStride;
      y += yStride;
    }
  }

  /** y (1 - y). */
  static BUSBAR_INLINE Vector sigmoidSlope(Vector y) { return v::mul(y, v::sub(v::splat(1.0f), y)); }
  /** 1 - y^2. */
  static BUSBAR_INLINE Vector tanhSlope(Vector y) { return v::sub(v::splat(1.0f), v::mul(y, y)); }

  static void derive(const Instruction& in) {
    const Vector slope = v::splat(in.number(DERIVE_SLOPE));
    const Vector zero = v::splat(0.0f);
    switch (in.count(DERIVE_KIND)) {
      case ACTIVATION_RELU: deriveBy(in, [=](Vector dy, Vector y) { return v::where(y, dy, zero); }); break;
      case ACTIVATION_LEAKY: deriveBy(in, [=](Vector dy, Vector y) { return v::where(y, dy, v::mul(dy, slope)); }); break;
      case ACTIVATION_TANH: deriveBy(in, [](Vector dy, Vector y) { return v::mul(dy, tanhSlope(y)); }); break;
      case ACTIVATION_SIGMOID: deriveBy(in, [](Vector dy, Vector y) { return v::mul(dy, sigmoidSlope(y)); }); break;
      default: deriveBy(in, [](Vector dy, Vector) { return dy; }); break;
    }
  }

  static void transpose(const Instruction& in) {
    const size_t rows = in.count(TRANSPOSE_ROWS);
    const size_t panels = in.count(TRANSPOSE_PANELS);
    const size_t toPanel = panels * PANEL * PANEL_BYTES;
    for (size_t p = 0; p < panels; p++) {
      const char* from = in.array(TRANSPOSE_FROM) + p * rows * PANEL_BYTES;
      char* to = in.array(TRANSPOSE_TO) + p * PANEL * PANEL_BYTES;
      size_t r = 0;
      for (; r + 4 <= rows; r += 4) {
        char* at = to + r / PANEL * toPanel + r % PANEL * 4;
        for (size_t c = 0; c < PANEL; c += 4) transposeFour(from + r * PANEL_BYTES + 4 * c, PANEL_BYTES, at + c * PANEL_BYTES, PANEL_BYTES);
      }
      for (; r % PANEL != 0 || r < rows; r++) {
        char* at = to + r / PANEL * toPanel + r % PANEL * 4;
        for (size_t c = 0; c < PANEL; c++) {
          if (r < rows) memcpy(at + c * PANEL_BYTES, from + r * PANEL_BYTES + 4 * c, 4);
          else memset(at + c * PANEL_BYTES, 0, 4);
        }
      }
    }
  }

  static void copy(const Instruction& in) {
    const char* from = in.array(COPY_FROM);
    char* to = in.array(COPY_TO);
    const size_t bytes = 4 * static_cast<size_t>(in.count(COPY_COLUMNS));
    for (size_t r = in.count(COPY_ROWS); r > 0; r--) {
      memcpy(to, from, bytes);
      from += in.count(COPY_FROM_STRIDE);
      to += in.count(COPY_TO_STRIDE);
    }
  }

  /** Zeroes rows that begin anew. */
  static void clearStarts(char* rows, size_t stride, size_t bytes, const char* starts, size_t count) {
    for (size_t r = 0; r < count; r++) {
      float start;
      memcpy(&start, starts + 4 * r, sizeof start);
      if (start != 0.0f) memset(rows + r * stride, 0, bytes);
    }
  }

  static void lstmForward(const Instruction& in) {
    const size_t rows = in.count(LSTM_ROWS);
    const size_t columns = in.count(LSTM_COLUMNS);
    const size_t stride = in.count(LSTM_STRIDE);
    const size_t gatesStride = in.count(LSTM_GATES_STRIDE);
    const size_t width = 4 * columns;
    const size_t block = rows * stride;
    const size_t units = in.count(LSTM_UNITS);
    for (size_t t = 0; t < in.count(LSTM_STEPS); t++) {
      char* gates = in.array(LSTM_GATES) + t * rows * gatesStride;
      char* hidden = in.array(LSTM_HIDDEN) + t * block;
      char* cells = in.array(LSTM_CELLS) + t * block;
      char* squashed = in.array(LSTM_SQUASHED) + t * block;
      char* outputs = in.array(LSTM_OUTPUTS) + t * block;
      const char* starts = in.array(LSTM_STARTS) + 4 * t * rows;
      clearStarts(hidden, stride, width, starts, rows);
      clearStarts(cells, stride, width, starts, rows);
      product<false>({gates, gatesStride, PANEL_BYTES}, {hidden, stride, 4, in.array(LSTM_WEIGHTS), PANEL_BYTES, units * PANEL_BYTES, units}, rows,
                     4 * columns, START_SUM, nullptr);
      for (size_t r = 0; r < rows; r++) {
        for (size_t at = 0; at < width; at += BYTES) {
          char* gate = gates + r * gatesStride + at;
          const size_t place = r * stride + at;
          const Vector i = sigmoid(v::load(gate));
          const Vector f = sigmoid(v::load(gate + width));
          const Vector g = tanh(v::load(gate + 2 * width));
          const Vector o = sigmoid(v::load(gate + 3 * width));
          const Vector c = v::add(v::mul(f, v::load(cells + place)), v::mul(i, g));
          const Vector s = tanh(c);
          const Vector h = v::mul(o, s);
          v::store(gate, i);
          v::store(gate + width, f);
          v::store(gate + 2 * width, g);
          v::store(gate + 3 * width, o);
          v::store(cells + block + place, c);
          v::store(squashed + place, s);
          v::store(hidden + block + place, h);
          v::store(outputs + place, h);
        }
      }
    }
  }

  static void lstmBackward(const Instruction& in) {
    const size_t rows = in.count(LSTM_ROWS);
    const size_t columns = in.count(LSTM_COLUMNS);
    const size_t stride = in.count(LSTM_STRIDE);
    const size_t gatesStride = in.count(LSTM_GATES_STRIDE);
    const size_t width = 4 * columns;
    const size_t block = rows * stride;
    char* carryHidden = in.array(LSTM_CARRY);
    char* carryCells = carryHidden + block;
    memset(carryHidden, 0, 2 * block);
    for (size_t t = in.count(LSTM_STEPS); t-- > 0;) {
      const char* gates = in.array(LSTM_GATES) + t * rows * gatesStride;
      char* gradient = in.array(LSTM_GATES_GRADIENT) + t * rows * gatesStride;
      const char* cells = in.array(LSTM_CELLS) + t * block;
      const char* squashed = in.array(LSTM_SQUASHED) + t * block;
      const char* outputs = in.array(LSTM_OUTPUTS) + t * block;
      const char* starts = in.array(LSTM_STARTS) + 4 * t * rows;
      for (size_t r = 0; r < rows; r++) {
        for (size_t at = 0; at < width; at += BYTES) {
          const char* gate = gates + r * gatesStride + at;
          char* to = gradient + r * gatesStride + at;
          const size_t place = r * stride + at;
          const Vector i = v::load(gate);
          const Vector f = v::load(gate + width);
          const Vector g = v::load(gate + 2 * width);
          const Vector o = v::load(gate + 3 * width);
          const Vector s = v::load(squashed + place);
          const Vector dh = v::add(v::load(outputs + place), v::load(carryHidden + place));
          const Vector dc = v::add(v::load(carryCells + place), v::mul(v::mul(dh, o), tanhSlope(s)));
          v::store(to, v::mul(v::mul(dc, g), sigmoidSlope(i)));
          v::store(to + width, v::mul(v::mul(dc, v::load(cells + place)), sigmoidSlope(f)));
          v::store(to + 2 * width, v::mul(v::mul(dc, i), tanhSlope(g)));
          v::store(to + 3 * width, v::mul(v::mul(dh, s), sigmoidSlope(o)));
          v::store(carryCells + place, v::mul(dc, f));
        }
      }
      product<false>({carryHidden, stride, PANEL_BYTES}, {gradient, gatesStride, 4, in.array(LSTM_WEIGHTS), PANEL_BYTES, 4 * columns * PANEL_BYTES, 4 * columns},
                     rows, columns, START_ZERO, nullptr);
      clearStarts(carryHidden, stride, width, starts, rows);
      clearStarts(carryCells, stride, width, starts, rows);
    }
  }

  static void squares(const Instruction& in) {
    const char* from = in.array(SQUARES_FROM);
    constexpr int PARTS = PARTIAL_SUMS / W;
    Vector sums[PARTS];
    for (int j = 0; j < PARTS; j++) sums[j] = v::splat(0.0f);
    for (size_t k = in.count(SQUARES_COUNT) / PARTIAL_SUMS; k > 0; k--) {
      for (int j = 0; j < PARTS; j++) {
        const Vector x = v::load(from + j * BYTES);
        sums[j] = v::add(sums[j], v::mul(x, x));
      }
      from += 4 * PARTIAL_SUMS;
    }
    for (int j = 0; j < PARTS; j++) v::store(in.array(SQUARES_TO) + j * BYTES, sums[j]);
  }

  template <bool IS_ADAM>
  static void optimise(const Instruction& in) {
    char* parameters = in.array(OPTIMISE_PARAMETERS);
    char* gradients = in.array(OPTIMISE_GRADIENTS);
    char* first = in.array(OPTIMISE_FIRST);
    char* second = in.array(OPTIMISE_SECOND);
    const auto number = [&](int word) { return v::splat(in.number(word)); };
    const Vector scale = number(OPTIMISE_SCALE);
    const Vector rate = number(OPTIMISE_RATE);
    const Vector firstDecay = number(OPTIMISE_FIRST_DECAY);
    const Vector firstRest = number(OPTIMISE_FIRST_REST);
    const Vector secondDecay = number(OPTIMISE_SECOND_DECAY);
    const Vector secondRest = number(OPTIMISE_SECOND_REST);
    const Vector root = number(OPTIMISE_ROOT);
    const Vector epsilon = number(OPTIMISE_EPSILON);
    const bool isInside = in.count(OPTIMISE_EPSILON_INSIDE) != 0;
    const size_t bytes = 4 * static_cast<size_t>(in.count(OPTIMISE_COUNT));
    for (size_t at = 0; at < bytes; at += BYTES) {
      const Vector g = v::mul(v::load(gradients + at), scale);
      // Moments of weights that get no gradient any more sink below what is computed with fast, and rounding keeps them from ever becoming 0.
      const Vector squares = v::settled(v::add(v::mul(secondDecay, v::load(second + at)), v::mul(secondRest, v::mul(g, g))));
      v::store(second + at, squares);
      Vector mean;
      Vector step;
      if constexpr (IS_ADAM) {
        mean = v::settled(v::add(v::mul(firstDecay, v::load(first + at)), v::mul(firstRest, g)));
        step = v::div(v::mul(rate, mean), v::add(v::mul(v::sqrt(squares), root), epsilon));
      } else {
        const Vector below = isInside ? v::sqrt(v::add(squares, epsilon)) : v::add(v::sqrt(squares), epsilon);
        mean = v::settled(v::add(v::mul(firstDecay, v::load(first + at)), v::div(v::mul(rate, g), below)));
        step = mean;
      }
      v::store(first + at, mean);
      v::store(parameters + at, v::sub(v::load(parameters + at), step));
      v::store(gradients + at, v::splat(0.0f));
    }
  }

  static void blend(const Instruction& in) {
    const char* from = in.array(BLEND_FROM);
    char* to = in.array(BLEND_TO);
    const Vector share = v::splat(in.number(BLEND_SHARE));
    const size_t bytes = 4 * static_cast<size_t>(in.count(BLEND_COUNT));
    for (size_t at = 0; at < bytes; at += BYTES) {
      const Vector old = v::load(to + at);
      v::store(to + at, v::add(old, v::mul(share, v::sub(v::load(from + at), old))));
    }
  }

  /** Carries out so many instructions. */
  static void execute(char* memory, uint32_t tape, uint32_t count) {
    for (uint32_t k = 0; k < count; k++) {
      const Instruction in = {memory, memory + tape + static_cast<size_t>(k) * TAPE_WORDS * 4};
      switch (in.count(0)) {
        case OP_MULTIPLY: multiply(in); break;
        case OP_OUTER: outer(in); break;
        case OP_ACTIVATE: activate(in); break;
        case OP_DERIVE: derive(in); break;
        case OP_TRANSPOSE: transpose(in); break;
        case OP_COPY: copy(in); break;
        case OP_LSTM_FORWARD: lstmForward(in); break;
        case OP_LSTM_BACKWARD: lstmBackward(in); break;
        case OP_SQUARES: squares(in); break;
        case OP_ADAM: optimise<true>(in); break;
        case OP_RMSPROP: optimise<false>(in); break;
        case OP_BLEND: blend(in); break;
        default: break;
      }
    }
  }
};

}  // namespace
}  // namespace busbar
