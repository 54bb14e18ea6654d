#include "api/texts.h"

#include <algorithm>

namespace hy::api {

namespace {

const Text* find(const Texts& texts, const Error& error) {
    const auto found = std::find_if(texts.by_code.begin(), texts.by_code.end(),
                                    [&](const Text& text) { return text.code == error.code; });
    return found == texts.by_code.end() ? nullptr : &*found;
}

}  // namespace

std::string_view text_of(const Texts& texts, const Error& error) {
    const Text* own = find(texts, error);
    return own ? own->text : texts.by_fault[static_cast<size_t>(error.fault)];
}

int status_of(Fault fault) {
    constexpr int statuses[] = {400, 401, 403, 404, 409, 413, 429, 502, 503, 500};
    return statuses[static_cast<int>(fault)];
}

}  // namespace hy::api
