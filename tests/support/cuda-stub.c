/* A CUDA driver for tests of the binding: it writes down each call with its arguments, as text, and gives numbers. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static char written[1 << 16];

static int note(const char *form, ...) {
  va_list list;
  va_start(list, form);
  size_t at = strlen(written);
  vsnprintf(written + at, sizeof written - at, form, list);
  va_end(list);
  return 0;
}

const char *stub_calls(void) { return written; }

typedef unsigned long long word;
#define GIVE(type, where, value) (*(type *)(where) = (value))

int cuInit(unsigned flags) { return note("cuInit %u\n", flags); }
int cuDriverGetVersion(int *version) { return GIVE(int, version, 12040), note("cuDriverGetVersion\n"); }
int cuGetErrorName(int result, const char **text) {
  if (result != 2) return 1;
  *text = "CUDA_ERROR_OUT_OF_MEMORY";
  return 0;
}
int cuGetErrorString(int result, const char **text) {
  if (result != 2) return 1;
  *text = "out of memory";
  return 0;
}
int cuDeviceGet(int *device, int ordinal) { return GIVE(int, device, 40 + ordinal), note("cuDeviceGet %d\n", ordinal); }
int cuDeviceGetName(char *name, int bytes, int device) {
  snprintf(name, bytes, "Stub");
  return note("cuDeviceGetName %d %d\n", bytes, device);
}
int cuDeviceGetAttribute(int *value, int attribute, int device) {
  return GIVE(int, value, attribute), note("cuDeviceGetAttribute %d %d\n", attribute, device);
}
int cuDevicePrimaryCtxRetain(word *context, int device) {
  return GIVE(word, context, 0x7fffffffff01ull), note("cuDevicePrimaryCtxRetain %d\n", device);
}
int cuDevicePrimaryCtxRelease_v2(int device) { return note("cuDevicePrimaryCtxRelease_v2 %d\n", device); }
int cuCtxPushCurrent_v2(word context) { return note("cuCtxPushCurrent_v2 %llx\n", context); }
int cuCtxPopCurrent_v2(word *context) { return GIVE(word, context, 5), note("cuCtxPopCurrent_v2\n"); }
int cuModuleLoadDataEx(word *module, const char *image, unsigned n, int *options, void **values) {
  GIVE(word, module, 0x70);
  int log = n == 2 && options[0] == 5 && options[1] == 6;
  if (log) snprintf(values[0], (size_t)values[1], "the log of %d bytes", (int)(size_t)values[1]);
  return note("cuModuleLoadDataEx '%s' %d\n", image, log), 2;
}
int cuModuleUnload(word module) { return note("cuModuleUnload %llx\n", module); }
int cuModuleGetFunction(word *f, word module, const char *name) {
  return GIVE(word, f, 0x71), note("cuModuleGetFunction %llx %s\n", module, name);
}
int cuFuncSetAttribute(word f, int attribute, int value) {
  return note("cuFuncSetAttribute %llx %d %d\n", f, attribute, value);
}
int cuMemPoolCreate(word *pool, const int *properties) {
  return GIVE(word, pool, 0x72), note("cuMemPoolCreate %d %d %d\n", properties[0], properties[2], properties[3]);
}
int cuMemPoolSetAttribute(word pool, int attribute, const word *value) {
  return note("cuMemPoolSetAttribute %llx %d %llu\n", pool, attribute, *value);
}
int cuMemPoolDestroy(word pool) { return note("cuMemPoolDestroy %llx\n", pool); }
int cuMemAllocFromPoolAsync(word *address, size_t bytes, word pool, word stream) {
  GIVE(word, address, 0x7f0000000200ull);
  return note("cuMemAllocFromPoolAsync %zu %llx %llx\n", bytes, pool, stream);
}
int cuMemFreeAsync(word address, word stream) { return note("cuMemFreeAsync %llx %llx\n", address, stream); }
int cuMemAlloc_v2(word *address, size_t bytes) { return GIVE(word, address, 0x200), note("cuMemAlloc_v2 %zu\n", bytes); }
int cuMemFree_v2(word address) { return note("cuMemFree_v2 %llx\n", address); }
int cuMemcpyHtoDAsync_v2(word to, const unsigned char *from, size_t bytes, word stream) {
  return note("cuMemcpyHtoDAsync_v2 %llx [%d] %zu %llx\n", to, from[0], bytes, stream);
}
int cuMemcpyDtoHAsync_v2(unsigned char *to, word from, size_t bytes, word stream) {
  to[0] = 77;
  return note("cuMemcpyDtoHAsync_v2 %llx %zu %llx\n", from, bytes, stream);
}
int cuMemcpyDtoDAsync_v2(word to, word from, size_t bytes, word stream) {
  return note("cuMemcpyDtoDAsync_v2 %llx %llx %zu %llx\n", to, from, bytes, stream);
}
int cuStreamCreate(word *stream, unsigned flags) { return GIVE(word, stream, 0x73), note("cuStreamCreate %u\n", flags); }
int cuStreamDestroy_v2(word stream) { return note("cuStreamDestroy_v2 %llx\n", stream); }
int cuStreamSynchronize(word stream) { return note("cuStreamSynchronize %llx\n", stream); }
int cuStreamQuery(word stream) { return note("cuStreamQuery %llx\n", stream), 600; }
int cuStreamWaitEvent(word stream, word event, unsigned flags) {
  return note("cuStreamWaitEvent %llx %llx %u\n", stream, event, flags);
}
int cuEventCreate(word *event, unsigned flags) { return GIVE(word, event, 0x74), note("cuEventCreate %u\n", flags); }
int cuEventDestroy_v2(word event) { return note("cuEventDestroy_v2 %llx\n", event); }
int cuEventRecord(word event, word stream) { return note("cuEventRecord %llx %llx\n", event, stream); }
int cuEventSynchronize(word event) { return note("cuEventSynchronize %llx\n", event); }
int cuEventElapsedTime(float *milliseconds, word start, word end) {
  return GIVE(float, milliseconds, 1.5f), note("cuEventElapsedTime %llx %llx\n", start, end);
}
int cuLaunchKernel(word f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared,
                   word stream, word **parameters, void **extra) {
  return note("cuLaunchKernel %llx %u %u %u %u %u %u %u %llx (%llx, %llx) %d\n", f, gx, gy, gz, bx, by, bz, shared, stream,
              *parameters[0], *parameters[1], extra == 0);
}
