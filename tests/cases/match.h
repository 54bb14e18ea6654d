// Whether an answer is the one a step expects: exact but for wildcards. The rules that hold
// for every answer of the house are checked here too.
#pragma once
#include <string>
#include <vector>

#include "cases/case_file.h"
#include "http/message.h"
#include "json/value.h"

namespace hy::cases {

// What differs, a line each; empty when nothing does.
std::vector<std::string> compare(const Step& expected, const http::Response& answer);

// `pattern` with <any> in it.
bool text_fits(std::string_view pattern, std::string_view text);

std::string header_of(const http::Response& answer, std::string_view name, bool* there = nullptr);

// RFC 6901; nullptr when there is nothing.
const json::Value* at_pointer(const json::Value& value, std::string_view pointer);

}  // namespace hy::cases
