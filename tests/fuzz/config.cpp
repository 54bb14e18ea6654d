// hongyan.conf, the environment and flags: a fault names its place and harms nothing; what
// was read, written again, reads the same.
#include "base/config.h"

#include "base/errors.h"
#include "base/text.h"
#include "fuzz.h"

namespace {

using namespace hy;
using fuzz::expect;

std::string written(const Config& config) {
    std::string text;
    for (const auto& key : config_keys(config)) text += key.name + " = " + key.value + "\n";
    return text;
}

// How many settings are there, and that each is taken by its own name.
void check_written(const Config& config) {
    Config again;
    const std::string text = written(config);
    read_config_text(again, text, "again");
    expect(written(again) == text, "written and read, the same settings");
    config_faults(config);
}

void read_file(std::string_view text) {
    Config config;
    try {
        read_config_text(config, text, "hongyan.conf");
    } catch (const Error& error) {
        expect(error.code == "config" && error.detail.starts_with("hongyan.conf:"), "a fault names file and line");
        return;
    }
    check_written(config);
}

void read_words(std::string_view rest, bool flags) {
    std::vector<std::string> words;
    while (!rest.empty() && words.size() < 50) {
        std::string word(fuzz::take(rest, '\n'));
        word.resize(std::min(word.find('\0'), word.size()));
        // Another file's name: reading the machine's files is no matter of this test.
        if (word.starts_with("--config=") || word.starts_with("HONGYAN_CONFIG=")) continue;
        words.push_back(std::move(word));
    }
    std::vector<const char*> pointers;
    if (flags) pointers.push_back("program");
    for (const auto& word : words) pointers.push_back(word.c_str());
    const int count = static_cast<int>(pointers.size());
    pointers.push_back(nullptr);
    const char* const none[] = {nullptr};
    try {
        check_written(flags ? load_config(count, pointers.data(), none) : load_config(0, none, pointers.data()));
    } catch (const Error& error) {
        expect(error.code == "config" && !error.detail.empty(), "a fault says what is wrong");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text = fuzz::view(data, size);
    read_file(text);
    read_words(text, true);
    read_words(text, false);
    return 0;
}
