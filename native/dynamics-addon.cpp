// The Node-API face of the native kernels of microgrid dynamics, an addon of its own: memory is attached once, then calls pass numbers. See addon.cpp for the rules.
#define NAPI_VERSION 8
#include <node_api.h>

#include <stdlib.h>

#include "dynamics-kernels.h"
#include "dynamics-layout.h"

namespace {

using busbar::DynamicsKernels;

/** A memory and the kernels that are to work in it. */
struct Attached {
  char* base;
  size_t bytes;
  const DynamicsKernels* kernels;
};

napi_value fail(napi_env env, const char* message) {
  napi_throw_error(env, nullptr, message);
  return nullptr;
}

void release(napi_env, void* data, void*) { free(data); }

/** attach(bytes: Uint8Array over the whole memory, width) -> handle, or undefined where the processor lacks what this width needs. */
napi_value attach(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value values[2];
  if (napi_get_cb_info(env, info, &count, values, nullptr, nullptr) != napi_ok || count < 2) return fail(env, "dynamics kernels: too few arguments");
  napi_typedarray_type kind = napi_int8_array;
  void* data = nullptr;
  size_t bytes = 0;
  int32_t width = 0;
  if (napi_get_typedarray_info(env, values[0], &kind, &bytes, &data, nullptr, nullptr) != napi_ok || kind != napi_uint8_array ||
      napi_get_value_int32(env, values[1], &width) != napi_ok) {
    return fail(env, "dynamics kernels: an argument is not of the kind expected");
  }
  const DynamicsKernels* kernels = busbar::dynamicsKernelsOfWidth(width);
  if (kernels == nullptr) return nullptr;
  auto* attached = static_cast<Attached*>(malloc(sizeof(Attached)));
  if (attached == nullptr) return fail(env, "dynamics kernels: out of memory");
  *attached = {static_cast<char*>(data), bytes, kernels};
  napi_value handle = nullptr;
  if (napi_create_external(env, attached, release, nullptr, &handle) != napi_ok) {
    free(attached);
    return fail(env, "dynamics kernels: the handle cannot be made");
  }
  return handle;
}

/** f(handle, layout): runs one of the kernels' functions with the layout block at this offset. */
template <void (*DynamicsKernels::*F)(char*, uint32_t)>
napi_value run(napi_env env, napi_callback_info info) {
  size_t given = 2;
  napi_value values[2];
  if (napi_get_cb_info(env, info, &given, values, nullptr, nullptr) != napi_ok || given < 2) return fail(env, "dynamics kernels: too few arguments");
  void* data = nullptr;
  uint32_t layout = 0;
  if (napi_get_value_external(env, values[0], &data) != napi_ok || data == nullptr || napi_get_value_uint32(env, values[1], &layout) != napi_ok) {
    return fail(env, "dynamics kernels: an argument is not of the kind expected");
  }
  const auto* memory = static_cast<const Attached*>(data);
  if (layout + static_cast<uint64_t>(busbar::MICROGRID_FIELD_COUNT) * 4 > memory->bytes) {
    return fail(env, "dynamics kernels: the layout block is outside the memory");
  }
  (memory->kernels->*F)(memory->base, layout);
  return nullptr;
}

/** The widths that this processor can run, widest first, as [{ name, width }]. */
bool defineWidths(napi_env env, napi_value exports) {
  napi_value list = nullptr;
  if (napi_create_array(env, &list) != napi_ok) return false;
  uint32_t count = 0;
  for (const int width : busbar::DYNAMICS_WIDTHS) {
    const DynamicsKernels* kernels = busbar::dynamicsKernelsOfWidth(width);
    if (kernels == nullptr) continue;
    napi_value entry = nullptr;
    napi_value name = nullptr;
    napi_value number = nullptr;
    if (napi_create_object(env, &entry) != napi_ok || napi_create_string_utf8(env, kernels->name, NAPI_AUTO_LENGTH, &name) != napi_ok ||
        napi_create_int32(env, width, &number) != napi_ok || napi_set_named_property(env, entry, "name", name) != napi_ok ||
        napi_set_named_property(env, entry, "width", number) != napi_ok || napi_set_element(env, list, count++, entry) != napi_ok) {
      return false;
    }
  }
  return napi_set_named_property(env, exports, "widths", list) == napi_ok;
}

}  // namespace

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {"attach", nullptr, attach, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"advance", nullptr, run<&DynamicsKernels::advance>, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"rest", nullptr, run<&DynamicsKernels::rest>, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"see", nullptr, run<&DynamicsKernels::see>, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_value layout = nullptr;
  if (napi_define_properties(env, exports, sizeof functions / sizeof functions[0], functions) != napi_ok ||
      napi_create_string_utf8(env, BUSBAR_DYNAMICS_LAYOUT, NAPI_AUTO_LENGTH, &layout) != napi_ok ||
      napi_set_named_property(env, exports, "layout", layout) != napi_ok || !defineWidths(env, exports)) {
    return fail(env, "dynamics kernels: the addon cannot be set up");
  }
  return exports;
}
