// What a WuKongIM payload says to everybody else, and what others' messages are as one. A payload of type 1 is text;
// all others are passed on as they are and mean nothing elsewhere (decisions, wukongim).
#pragma once
#include <string>
#include <string_view>

#include "wire/content.h"

namespace hy::wire::wukongim {

Content content_of(std::string_view payload);
std::string payload_of(const Content& content);

}  // namespace hy::wire::wukongim
