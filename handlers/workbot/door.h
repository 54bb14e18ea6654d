// The workbot door: {"code","message","data"}, the HTTP status equal to the code, 200 for code 0.
#pragma once
#include "api/event.h"
#include "api/route.h"
#include "core/portability.h"
#include "core/statistics.h"
#include "json/writer.h"

namespace hy::workbot {

extern const api::Door kDoor;

extern const api::Group kUser, kActivation, kRobots, kMessages, kThirdParty, kAdmin, kLogs;
extern const api::EventGroup kStream;

// What this door says for a fault, also inside frames.
std::string public_text(const Error& error);

// {"code":0,"message":…,"data":…}; `data` is JSON.
api::Reply reply(std::string_view message, std::string_view data, int code = 0);
// The same with data null.
api::Reply done(std::string_view message);

// page and pageSize of a list.
struct Paging {
    int64_t page, size;
};
Paging paging_of(const api::Call& call);
extern const std::vector<api::QueryParam> kPagingParams;

// startDate and endDate of statistics: the last 30 days where they are absent, at most 366.
statistics::Range range_of(const api::Call& call);
extern const std::vector<api::QueryParam> kRangeParams;
// To two places behind the point.
double rounded(double value);

// A page of what an account has here (core/portability.h).
api::Reply pages(const portability::Page& page);
extern const std::vector<api::QueryParam> kExportParams;
extern const char* const kExportExample;
extern const char* const kLeftExample;

// A time, or null for 0.
void write_time(json::Writer& w, const char* name, int64_t ms);
// JSON that was stored, or null where there is none; `few`: deviceId, brand and model alone.
void write_device(json::Writer& w, bool has_device, const std::string& info, bool few);

}  // namespace hy::workbot
