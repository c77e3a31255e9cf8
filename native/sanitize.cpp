// Runs the kernels outside Node on plans written by scripts/write-plans.mts: `npm run native:sanitize` builds this with the address and undefined-behaviour
// sanitizers. Each file holds a session's whole memory before a solution and the voltages that are to come out, which must agree to the bit.
// With the number of repeats as first argument the time of each is printed instead of being checked once.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dynamics-kernels.h"
#include "kernels.h"
#include "layout.h"

namespace {

/** The head of a file; the memory follows, then the voltages expected. */
struct Head {
  uint32_t magic;
  uint32_t width;
  /** 0 the fixed point, 1 Newton, 2 a balanced grid (`solver`: most steps with the shared factor), 3 fast decoupled, 4 DC, 5 an observer, 6 to 8 a microgrid that advances, goes to rest, is
   * seen; "voltages" are angles for DC, results for observers, states of microgrids and what is seen of them. */
  uint32_t newton;
  uint32_t layout;
  int32_t solver;
  int32_t limit;
  uint32_t voltageOffset;
  uint32_t voltageBytes;
  double tolerance;
  uint64_t memoryBytes;
};

constexpr uint32_t MAGIC = 0x42534250;

char* readFile(const char* path, size_t* bytes) {
  FILE* file = fopen(path, "rb");
  if (file == nullptr) return nullptr;
  fseek(file, 0, SEEK_END);
  *bytes = static_cast<size_t>(ftell(file));
  rewind(file);
  char* content = static_cast<char*>(malloc(*bytes));
  if (content != nullptr && fread(content, 1, *bytes, file) != *bytes) {
    free(content);
    content = nullptr;
  }
  fclose(file);
  return content;
}

double now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void solve(const busbar::Kernels& kernels, const busbar::DynamicsKernels& dynamics, const Head& head, char* memory) {
  if (head.newton == 8) dynamics.see(memory, head.layout);
  else if (head.newton == 7) dynamics.rest(memory, head.layout);
  else if (head.newton == 6) dynamics.advance(memory, head.layout);
  else if (head.newton == 5) kernels.observe(memory, head.layout);
  else if (head.newton == 4) kernels.solveDc(memory, head.layout);
  else if (head.newton == 3) kernels.solveDecoupled(memory, head.layout, head.tolerance, head.limit, 0);
  else if (head.newton == 2) kernels.solveBalanced(memory, head.layout, head.tolerance, head.solver, head.limit, 0);
  else if (head.newton != 0) kernels.solveNewton(memory, head.layout, head.tolerance, head.limit, 1.0);
  else kernels.solveFixedPoint(memory, head.layout, head.solver, head.tolerance, head.limit, head.solver == busbar::SOLVER_CHORD_TREE ? busbar::START_BASE : busbar::START_WARM, 1.0);
}

/** 0 where the voltages agree. */
int run(const char* path, int repeats) {
  size_t bytes = 0;
  char* content = readFile(path, &bytes);
  Head head;
  if (content == nullptr || bytes < sizeof head) {
    fprintf(stderr, "sanitize: cannot read %s\n", path);
    free(content);
    return 1;
  }
  memcpy(&head, content, sizeof head);
  if (head.magic != MAGIC || bytes != sizeof head + head.memoryBytes + head.voltageBytes) {
    fprintf(stderr, "sanitize: %s is no plan\n", path);
    free(content);
    return 1;
  }
  const busbar::Kernels* kernels = busbar::kernelsOfWidth(static_cast<int>(head.width));
  const busbar::DynamicsKernels* dynamics = busbar::dynamicsKernelsOfWidth(head.newton < 6 ? 2 : static_cast<int>(head.width));
  if (kernels == nullptr || dynamics == nullptr) {
    printf("%s: skipped, this processor has no width %u\n", path, head.width);
    free(content);
    return 0;
  }
  // A block of its own and of just this size, so that a step beyond its end is seen.
  char* memory = static_cast<char*>(malloc(head.memoryBytes));
  if (memory == nullptr) return 1;
  memcpy(memory, content + sizeof head, head.memoryBytes);
  const double start = now();
  solve(*kernels, *dynamics, head, memory);
  double best = now() - start;
  const bool same = memcmp(memory + head.voltageOffset, content + sizeof head + head.memoryBytes, head.voltageBytes) == 0;
  for (int k = 1; k < repeats; k++) {
    memcpy(memory + head.voltageOffset, content + sizeof head + head.voltageOffset, head.voltageBytes);
    const double from = now();
    solve(*kernels, *dynamics, head, memory);
    const double took = now() - from;
    if (took < best) best = took;
  }
  if (!same) printf("%s: %s finds other voltages\n", path, kernels->name);
  if (repeats > 1) printf("%s: %s, best of %d: %.2f us\n", path, kernels->name, repeats, 1e6 * best);
  free(memory);
  free(content);
  return same ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  int first = 1;
  int repeats = 1;
  if (count > 1 && atoi(arguments[1]) > 0) {
    repeats = atoi(arguments[1]);
    first = 2;
  }
  int failed = 0;
  for (int i = first; i < count; i++) failed += run(arguments[i], repeats);
  if (first >= count) fprintf(stderr, "sanitize: name plan files\n");
  else printf("sanitize: %d plans solved, %d otherwise than expected\n", count - first, failed);
  return failed > 0 || first >= count ? 1 : 0;
}
