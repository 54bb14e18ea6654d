// What OpenIM's contents say to everybody else, and what others' messages are as one of them. A content is a JSON object of
// a numbered type (wire, "Enumerations and semantics"); clients may write text and objects in several ways.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "wire/content.h"

namespace hy::wire::openim {

// Types that have a meaning here; there are more.
inline constexpr int64_t kText = 101, kPicture = 102, kVoice = 103, kVideo = 104, kFile = 105, kAt = 106, kCard = 108,
                         kLocation = 109, kCustom = 110, kTyping = 113, kQuote = 114, kAdvanced = 117, kMarkdown = 118,
                         kQuietCustom = 119, kFleetingCustom = 120, kRecalled = 2101;
// "@all" among those who are mentioned.
inline constexpr std::string_view kEverybody = "AtAllTag";

// Whether clients may send it: no notification, and nothing that has a call of its own.
bool sendable(int64_t type);
// Whether it is for who is there now, and never stored.
inline bool fleeting(int64_t type) { return type == kTyping || type == kFleetingCustom; }

struct Written {
    std::string raw;  // the content as JSON, in one way of writing
    Content content;
};
// A content as a client wrote it: an object, its JSON in a string, or bare text (where the type is one of text). `mentioned`
// are those whom the message names beside it. Nothing where it is none of these.
std::optional<Written> read(int64_t type, const json::Value& value, const std::vector<std::string>& mentioned = {});

struct Told {
    int64_t type = kText;
    std::string content;  // JSON
};
// A message of any door. `form` and `raw` as it was stored; `content` with addresses that can be opened.
Told tell(const std::string& form, const std::string& raw, const Content& content, bool recalled);

// What the document's form carries: bare text for kText, else the JSON.
std::string plain(const Told& told);

// "oim:101"
std::string form_of(int64_t type);

}  // namespace hy::wire::openim
