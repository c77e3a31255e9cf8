// The Node-API face of the native kernels: memory is attached once, then calls pass numbers.
//
// There is no state beyond the handles, so that worker threads may load the addon side by side. A handle holds the address of a memory; whoever holds the handle
// keeps that memory alive and attaches anew when it has grown (src/powerflow/node-native.ts does both).
#define NAPI_VERSION 8
#include <node_api.h>

#include <stdlib.h>

#include "kernels.h"
#include "layout.h"

namespace {

using busbar::Kernels;

/** A memory and the kernels that are to work in it. */
struct Attached {
  char* base;
  size_t bytes;
  const Kernels* kernels;
};

napi_value fail(napi_env env, const char* message) {
  napi_throw_error(env, nullptr, message);
  return nullptr;
}

/** Reads N arguments; false (with an exception pending) where there are fewer or one is of the wrong kind. */
template <size_t N>
struct Arguments {
  napi_env env;
  napi_value values[N];
  bool valid;

  Arguments(napi_env environment, napi_callback_info info) : env(environment), valid(false) {
    size_t count = N;
    if (napi_get_cb_info(env, info, &count, values, nullptr, nullptr) != napi_ok) return;
    if (count < N) {
      fail(env, "native kernels: too few arguments");
      return;
    }
    valid = true;
  }

  int32_t integer(size_t i) {
    int32_t value = 0;
    if (valid && napi_get_value_int32(env, values[i], &value) != napi_ok) reject("native kernels: an argument is not a number");
    return value;
  }

  uint32_t offset(size_t i) {
    uint32_t value = 0;
    if (valid && napi_get_value_uint32(env, values[i], &value) != napi_ok) reject("native kernels: an offset is not a number");
    return value;
  }

  double number(size_t i) {
    double value = 0.0;
    if (valid && napi_get_value_double(env, values[i], &value) != napi_ok) reject("native kernels: an argument is not a number");
    return value;
  }

  /** The attached memory of a handle. */
  const Attached* handle(size_t i) {
    void* data = nullptr;
    if (valid && (napi_get_value_external(env, values[i], &data) != napi_ok || data == nullptr)) reject("native kernels: no memory is attached");
    return static_cast<const Attached*>(data);
  }

  /** Data of a typed array of this kind; its number of elements goes to `length`. Works on shared memory as well. */
  void* array(size_t i, napi_typedarray_type kind, size_t* length) {
    napi_typedarray_type found = napi_int8_array;
    void* data = nullptr;
    if (valid && (napi_get_typedarray_info(env, values[i], &found, length, &data, nullptr, nullptr) != napi_ok || found != kind)) {
      reject("native kernels: an argument is not a typed array of the kind expected");
    }
    return data;
  }

  void reject(const char* message) {
    if (valid) fail(env, message);
    valid = false;
  }
};

napi_value integerOf(napi_env env, int32_t value) {
  napi_value result = nullptr;
  napi_create_int32(env, value, &result);
  return result;
}

void release(napi_env, void* data, void*) { free(data); }

/** attach(bytes: Uint8Array over the whole memory, width) -> handle, or undefined where the processor lacks what this width needs. */
napi_value attach(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  size_t bytes = 0;
  void* data = arguments.array(0, napi_uint8_array, &bytes);
  const int32_t width = arguments.integer(1);
  if (!arguments.valid) return nullptr;
  const Kernels* kernels = busbar::kernelsOfWidth(width);
  if (kernels == nullptr) return nullptr;
  auto* attached = static_cast<Attached*>(malloc(sizeof(Attached)));
  if (attached == nullptr) return fail(env, "native kernels: out of memory");
  *attached = {static_cast<char*>(data), bytes, kernels};
  napi_value handle = nullptr;
  if (napi_create_external(env, attached, release, nullptr, &handle) != napi_ok) {
    free(attached);
    return fail(env, "native kernels: the handle cannot be made");
  }
  return handle;
}

/** The kernels and plan of a call; `plan` is false (with an exception pending) where the layout block is not within the memory. */
template <size_t N>
bool checked(Arguments<N>& arguments, const Attached* memory, uint32_t layout, size_t fields = busbar::FIELD_COUNT) {
  if (arguments.valid && layout + 4 * fields > memory->bytes) {
    arguments.reject("native kernels: the layout block is outside the memory");
  }
  return arguments.valid;
}

/** solveFixedPoint(handle, layout, solver, tolerance, limit, start, acceleration) -> lanes that did not converge. */
napi_value solveFixedPoint(napi_env env, napi_callback_info info) {
  Arguments<7> arguments(env, info);
  const Attached* memory = arguments.handle(0);
  const uint32_t layout = arguments.offset(1);
  const int32_t solver = arguments.integer(2);
  const double tolerance = arguments.number(3);
  const int32_t limit = arguments.integer(4);
  const int32_t start = arguments.integer(5);
  const double acceleration = arguments.number(6);
  if (!checked(arguments, memory, layout)) return nullptr;
  return integerOf(env, memory->kernels->solveFixedPoint(memory->base, layout, solver, tolerance, limit, start, acceleration));
}

/** solveNewton(handle, layout, tolerance, limit, acceleration) -> lanes that did not converge. */
napi_value solveNewton(napi_env env, napi_callback_info info) {
  Arguments<5> arguments(env, info);
  const Attached* memory = arguments.handle(0);
  const uint32_t layout = arguments.offset(1);
  const double tolerance = arguments.number(2);
  const int32_t limit = arguments.integer(3);
  const double acceleration = arguments.number(4);
  if (!checked(arguments, memory, layout)) return nullptr;
  return integerOf(env, memory->kernels->solveNewton(memory->base, layout, tolerance, limit, acceleration));
}

/** factorShared(handle, layout) -> slot of the first unusable pivot, or -1. */
napi_value factorShared(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  const Attached* memory = arguments.handle(0);
  const uint32_t layout = arguments.offset(1);
  if (!checked(arguments, memory, layout)) return nullptr;
  return integerOf(env, memory->kernels->factorShared(memory->base, layout));
}

/** solveShared(handle, layout). */
napi_value solveShared(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  const Attached* memory = arguments.handle(0);
  const uint32_t layout = arguments.offset(1);
  if (checked(arguments, memory, layout)) memory->kernels->solveShared(memory->base, layout);
  return nullptr;
}

/** solveBalanced(handle, layout, tolerance, sharedLimit, limit, isWarm) -> lanes that did not converge. */
napi_value solveBalanced(napi_env env, napi_callback_info info) {
  Arguments<6> arguments(env, info);
  const Attached* memory = arguments.handle(0);
  const uint32_t layout = arguments.offset(1);
  const double tolerance = arguments.number(2);
  const int32_t sharedLimit = arguments.integer(3);
  const int32_t limit = arguments.integer(4);
  const int32_t isWarm = arguments.integer(5);
  if (!checked(arguments, memory, layout, busbar::BALANCED_FIELDS)) return nullptr;
  return integerOf(env, memory->kernels->solveBalanced(memory->base, layout, tolerance, sharedLimit, limit, isWarm));
}

/** solveDecoupled(handle, layout, tolerance, limit, isWarm) -> lanes that did not converge. */
napi_value solveDecoupled(napi_env env, napi_callback_info info) {
  Arguments<5> arguments(env, info);
  const Attached* memory = arguments.handle(0);
  const uint32_t layout = arguments.offset(1);
  const double tolerance = arguments.number(2);
  const int32_t limit = arguments.integer(3);
  const int32_t isWarm = arguments.integer(4);
  if (!checked(arguments, memory, layout, busbar::BALANCED_FIELDS)) return nullptr;
  return integerOf(env, memory->kernels->solveDecoupled(memory->base, layout, tolerance, limit, isWarm));
}

/** solveDc(handle, layout) -> lanes without a solution. */
napi_value solveDc(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  const Attached* memory = arguments.handle(0);
  const uint32_t layout = arguments.offset(1);
  if (!checked(arguments, memory, layout, busbar::BALANCED_FIELDS)) return nullptr;
  return integerOf(env, memory->kernels->solveDc(memory->base, layout));
}

/** viewBalanced(handle, layout). */
napi_value viewBalanced(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  const Attached* memory = arguments.handle(0);
  const uint32_t layout = arguments.offset(1);
  if (checked(arguments, memory, layout, busbar::BALANCED_FIELDS)) memory->kernels->viewBalanced(memory->base, layout);
  return nullptr;
}

/** observe(handle, layout). */
napi_value observe(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  const Attached* memory = arguments.handle(0);
  const uint32_t layout = arguments.offset(1);
  if (checked(arguments, memory, layout, busbar::OBSERVE_FIELDS)) memory->kernels->observe(memory->base, layout);
  return nullptr;
}

/** probeLanes(width, operation, a, b, c, out), probeElementary(width, which, a, b, out): for the parity tests, on Float64Arrays of one length, a multiple of 16. */
napi_value probeLanes(napi_env env, napi_callback_info info) {
  Arguments<6> arguments(env, info);
  const int32_t width = arguments.integer(0);
  const int32_t operation = arguments.integer(1);
  void* arrays[4] = {};
  size_t lengths[4] = {};
  for (size_t i = 0; i < 4; i++) arrays[i] = arguments.array(i + 2, napi_float64_array, lengths + i);
  if (!arguments.valid) return nullptr;
  const Kernels* kernels = busbar::kernelsOfWidth(width);
  if (kernels == nullptr || lengths[0] % 16 != 0) return fail(env, "native kernels: no such width, or a length that is not a multiple of 16");
  for (size_t length : lengths) {
    if (length != lengths[0]) return fail(env, "native kernels: arrays of different lengths");
  }
  auto* doubles = reinterpret_cast<double**>(arrays);
  kernels->probeLanes(operation, doubles[0], doubles[1], doubles[2], doubles[3], lengths[0]);
  return nullptr;
}

napi_value probeElementary(napi_env env, napi_callback_info info) {
  Arguments<5> arguments(env, info);
  const int32_t width = arguments.integer(0);
  const int32_t which = arguments.integer(1);
  void* arrays[3] = {};
  size_t lengths[3] = {};
  for (size_t i = 0; i < 3; i++) arrays[i] = arguments.array(i + 2, napi_float64_array, lengths + i);
  if (!arguments.valid) return nullptr;
  const Kernels* kernels = busbar::kernelsOfWidth(width);
  if (kernels == nullptr || lengths[1] != lengths[0] || lengths[2] != lengths[0]) return fail(env, "native kernels: no such width, or arrays of different lengths");
  auto* doubles = reinterpret_cast<double**>(arrays);
  kernels->probeElementary(which, doubles[0], doubles[1], doubles[2], lengths[0]);
  return nullptr;
}

/** The widths that this processor can run, widest first, as [{ name, width, lanes, precision }]. */
bool defineWidths(napi_env env, napi_value exports) {
  napi_value list = nullptr;
  if (napi_create_array(env, &list) != napi_ok) return false;
  uint32_t count = 0;
  for (const int width : busbar::WIDTHS) {
    const Kernels* kernels = busbar::kernelsOfWidth(width);
    if (kernels == nullptr) continue;
    const bool isSingle = width > busbar::WIDTH_SINGLE;
    napi_value entry = nullptr;
    napi_value name = nullptr;
    napi_value precision = nullptr;
    if (napi_create_object(env, &entry) != napi_ok || napi_create_string_utf8(env, kernels->name, NAPI_AUTO_LENGTH, &name) != napi_ok ||
        napi_create_string_utf8(env, isSingle ? "single" : "double", NAPI_AUTO_LENGTH, &precision) != napi_ok ||
        napi_set_named_property(env, entry, "name", name) != napi_ok ||
        napi_set_named_property(env, entry, "precision", precision) != napi_ok ||
        napi_set_named_property(env, entry, "width", integerOf(env, width)) != napi_ok ||
        napi_set_named_property(env, entry, "lanes", integerOf(env, isSingle ? width - busbar::WIDTH_SINGLE : width)) != napi_ok ||
        napi_set_element(env, list, count++, entry) != napi_ok) {
      return false;
    }
  }
  return napi_set_named_property(env, exports, "widths", list) == napi_ok;
}

}  // namespace

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {"attach", nullptr, attach, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"solveFixedPoint", nullptr, solveFixedPoint, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"solveBalanced", nullptr, solveBalanced, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"solveDecoupled", nullptr, solveDecoupled, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"solveDc", nullptr, solveDc, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"viewBalanced", nullptr, viewBalanced, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"observe", nullptr, observe, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"solveNewton", nullptr, solveNewton, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"factorShared", nullptr, factorShared, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"solveShared", nullptr, solveShared, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"probeLanes", nullptr, probeLanes, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"probeElementary", nullptr, probeElementary, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_value layout = nullptr;
  if (napi_define_properties(env, exports, sizeof functions / sizeof functions[0], functions) != napi_ok ||
      napi_create_string_utf8(env, BUSBAR_LAYOUT, NAPI_AUTO_LENGTH, &layout) != napi_ok ||
      napi_set_named_property(env, exports, "layout", layout) != napi_ok || !defineWidths(env, exports)) {
    return fail(env, "native kernels: the addon cannot be set up");
  }
  return exports;
}
