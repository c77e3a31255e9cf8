// Runs the learning kernels outside Node on tapes written by scripts/write-tapes.mts: `npm run native:sanitize` builds this with the address and undefined-behaviour
// sanitizers. Each file holds a network's memory before some instructions and what it is to be after them, to the bit.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "learning-kernels.h"
#include "learning-layout.h"

namespace {

/** The head of a file; the memory follows, then the memory expected, as long. */
struct Head {
  uint32_t magic;
  uint32_t width;
  uint32_t tape;
  uint32_t count;
  uint64_t memoryBytes;
};

constexpr uint32_t MAGIC = 0x42534254;
/** Arrays begin at multiples of a cache line, as in a page. */
constexpr size_t LINE = 64;

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

/** 0 where the memory is as expected. */
int run(const char* path) {
  size_t bytes = 0;
  char* content = readFile(path, &bytes);
  Head head;
  if (content == nullptr || bytes < sizeof head) {
    fprintf(stderr, "sanitize-learning: cannot read %s\n", path);
    free(content);
    return 1;
  }
  memcpy(&head, content, sizeof head);
  if (head.magic != MAGIC || bytes != sizeof head + 2 * head.memoryBytes || head.memoryBytes % LINE != 0 ||
      head.tape + static_cast<uint64_t>(head.count) * busbar::TAPE_WORDS * 4 > head.memoryBytes) {
    fprintf(stderr, "sanitize-learning: %s is no tape\n", path);
    free(content);
    return 1;
  }
  const busbar::LearningKernels* kernels = busbar::learningKernelsOfWidth(static_cast<int>(head.width));
  if (kernels == nullptr) {
    printf("%s: skipped, this processor has no width %u\n", path, head.width);
    free(content);
    return 0;
  }
  // A block of its own and of just this size, so that a step beyond its end is seen.
  char* memory = static_cast<char*>(aligned_alloc(LINE, head.memoryBytes));
  if (memory == nullptr) return 1;
  memcpy(memory, content + sizeof head, head.memoryBytes);
  kernels->execute(memory, head.tape, head.count);
  const char* expected = content + sizeof head + head.memoryBytes;
  uint64_t at = 0;
  while (at < head.memoryBytes && memory[at] == expected[at]) at += 1;
  if (at < head.memoryBytes) printf("%s: %s leaves something else at byte %llu\n", path, kernels->name, static_cast<unsigned long long>(at));
  free(memory);
  free(content);
  return at < head.memoryBytes ? 1 : 0;
}

}  // namespace

int main(int count, char** arguments) {
  int failed = 0;
  for (int i = 1; i < count; i++) failed += run(arguments[i]);
  if (count < 2) fprintf(stderr, "sanitize-learning: name tape files\n");
  else printf("sanitize-learning: %d tapes carried out, %d otherwise than expected\n", count - 1, failed);
  return failed > 0 || count < 2 ? 1 : 0;
}
