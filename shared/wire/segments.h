// Message segments of the sandbox ([{"type":"text","text":…}, {"type":"at","targetId":…}, …]) and what they say to everybody
// else. Types that are not known here are kept and passed on. Source: decisions, "sandbox"; specs sandbox, "消息相关".
#pragma once
#include <string>
#include <string_view>

#include "json/value.h"
#include "json/writer.h"
#include "wire/content.h"

namespace hy::wire::segments {

inline constexpr size_t kMost = 100;
inline constexpr size_t kMostBytes = 64 << 10;

// Whether it is a list of 1 to kMost objects, each with a type.
bool valid(const json::Value& elements);

// The words of all of them, one picture, film, sound or file, who is named, what is answered.
Content content_of(const json::Value& elements);

// Whether an `at` names `id`.
bool names(const json::Value& elements, std::string_view id);

// What was not written as segments, as segments. `url`: where its file is.
void write(json::Writer& w, const Content& content, const std::string& url);

}  // namespace hy::wire::segments
