// Runs every file of every target's corpus, past crashes among them, through the target as g++
// builds it with ASan and UBSan: a case for each target, which fails where there is no corpus.
#define BOOST_TEST_MODULE replay
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fuzz.h"

namespace {

using Target = int (*)(const uint8_t* data, size_t size);

void replay(const char* name, Target target) {
    size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(std::string(HONGYAN_CORPUS) + "/" + name)) {
        std::ifstream in(entry.path(), std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(in), {}};
        ++files;
        // A copy of exactly its size: ASan sees a read beyond it.
        const std::vector<uint8_t> data(bytes.begin(), bytes.end());
        try {
            target(data.data(), data.size());
        } catch (const hy::fuzz::Broken& broken) {
            BOOST_ERROR(entry.path().filename().string() << ": " << broken.property);
        }
    }
    BOOST_TEST(files > 0);
}

}  // namespace

// Written by CMake: TARGET(name) for each file of this folder that is one.
#define TARGET(name)                                              \
    extern "C" int fuzz_##name(const uint8_t* data, size_t size); \
    BOOST_AUTO_TEST_CASE(name##_corpus) { replay(#name, fuzz_##name); }
#include "fuzz_targets.inc"
