// The openim door, in the form of its document: HTTP 200 with {"errCode","errMsg","data"}, whatever became of it.
#pragma once
#include "api/event.h"
#include "api/route.h"
#include "core/chat.h"
#include "core/people.h"
#include "json/writer.h"

namespace hy::openim {

extern const api::Door kDoor, kSdkDoor;

extern const api::EventGroup kStream;
extern const api::Group kAuth, kUser, kFriend, kGroup, kMessages, kManager;

inline constexpr int64_t kMostPlatform = 11;  // wire, "Platforms"

// The document's numbers.
enum class Code : int {
    success = 0,
    bad_args = 1001,
    bad_token = 1002,
    forbidden = 1003,
    no_user = 1004,
    no_group = 1005,
    duplicate = 1006,
    friendship = 1007,
    refused = 1008,  // a message
    internal = 1500,
};
Code code_of(const Error& error);
std::string public_text(const Error& error);

// What a call answers, in the form in which it was called: {"errCode":0,"errMsg":"success","data":…} here, and as OpenIM's own
// clients want it below /openim. `data` is JSON.
api::Reply reply(const api::Call& call, std::string_view data = "{}");

// What `write` makes of the database; begun anew where the connection was lost on the way.
template <typename F>
api::Reply read_reply(const api::Call& call, F&& write) {
    return reply(call, call.services.db.read([&](db::Session& s) {
        json::Writer w;
        write(s, w);
        return std::move(w).take();
    }));
}

chat::Speaker speaker_of(const api::Call& call);

// Nobody is who the body says: `id` is the caller's own, or nothing. Throws forbidden "foreign".
void require_self(const api::Call& call, const std::string& id);

// Who is, or was, there: to be taken from a list. Throws not_found "user.not_found".
people::Person person_ever(db::Session& s, const std::string& id);
// Who is there; throws not_found "user.not_found".
people::Person person(db::Session& s, const std::string& id);

// {"pageNumber":1,"showNumber":20}: pages of at most 100.
struct Page {
    int64_t skip = 0, show = 20;
};
Page page_of(const json::Value& pagination);

// The objects in a list of the body, each read by its schema; faults say where it stands. Throws bad_request "body".
template <typename T>
std::vector<T> read_list(const json::Schema<T>& schema, const json::Value& list, const std::string& pointer,
                         size_t most) {
    const auto* items = list.array();
    if (!items || items->empty() || items->size() > most)
        throw Error(Fault::bad_request, "body", pointer + ": 1 to " + std::to_string(most) + " objects");
    std::vector<T> found;
    for (size_t i = 0; i < items->size(); ++i)
        found.push_back(schema.read((*items)[i], pointer + "/" + std::to_string(i)));
    return found;
}

}  // namespace hy::openim
