// The sandbox door: {"code","data","message"}, the HTTP status equal to the code.
#pragma once
#include "api/event.h"
#include "api/route.h"
#include "core/sandbox.h"
#include "json/writer.h"

namespace hy::sandbox {

extern const api::Door kDoor;
extern const api::Group kBench, kMessages;
extern const api::EventGroup kStream;

// What this door says for a fault, also where it is closed.
std::string public_text(const Error& error);

// {"code":200,"data":…,"message":"成功"}; `data` is JSON.
api::Reply reply(std::string_view data = "null");

// {"userId","nick","sex","avatar","sign","status"}: what the robot is called here.
void write_self(json::Writer& w, const Self& self);

// Ids are the user's own invention.
inline const json::Rules kId = {.required = true, .min_chars = 1, .max_chars = 64};

}  // namespace hy::sandbox
