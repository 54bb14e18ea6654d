// What is said at the bench: reported, read again, taken back.
#include <algorithm>

#include "core/files.h"
#include "core/sandbox_talks.h"
#include "door.h"
#include "json/value.h"
#include "shapes.h"
#include "wire/segments.h"

namespace hy::sandbox {

namespace {

namespace segments = wire::segments;

constexpr int64_t kMostListed = 500;

struct Event {
    std::string type, event, sub_event, number;
    json::Value contact, sender, elements;
};
const auto kEvent =
    json::Schema<Event>()
        .field("type", &Event::type, {.max_chars = 20})
        .field("event", &Event::event, {.max_chars = 20})
        .field("subEvent", &Event::sub_event, {.max_chars = 20, .note = "friend or group"})
        .field("contact", &Event::contact, {.note = "{scene, peer, name}"})
        .field("sender", &Event::sender, {.note = "{userId, nick, name, sex, role, card, title}"})
        .field("elements", &Event::elements, {.note = "1 to 100 segments, each with a type"})
        .field("eventId", &Event::number,
               {.max_bytes = 128, .note = "the client's own number: the same again is the same message"});

struct One {
    std::string id;
};
const auto kOne = json::Schema<One>().field("messageId", &One::id, {.required = true, .min_chars = 1, .max_chars = 20});
struct List {
    std::string type, target;
    int64_t count = 20;
};
const auto kList = json::Schema<List>()
                       .field("type", &List::type, {.required = true, .one_of = {"friend", "group"}})
                       .field("targetId", &List::target, kId)
                       .field("count", &List::count, {.min = 1, .max = kMostListed});

constexpr const char* kDone = R"({"code":200,"data":null,"message":"成功"})";

Report read_report(const Event& event) {
    if (event.sub_event != "friend" && event.sub_event != "group") throw Error(Fault::bad_request, "event");
    if (!event.event.empty() && event.event != "message") throw Error(Fault::bad_request, "event");
    if (!event.contact.object()) throw Error(Fault::bad_request, "body", "/contact: required");
    if (!event.sender.object() && !event.sender.is_null())
        throw Error(Fault::bad_request, "body", "/sender: must be an object");
    if (!segments::valid(event.elements))
        throw Error(Fault::bad_request, "body", "/elements: 1 to 100 segments, each with a type");
    Report report;
    report.in_group = event.sub_event == "group";
    report.peer = event.contact.text_or("peer");
    report.sender = event.sender.text_or("userId");
    if (report.peer.empty()) throw Error(Fault::bad_request, "body", "/contact/peer: required");
    report.number = event.number;
    report.content = segments::content_of(event.elements);
    report.asks_self = segments::names(event.elements, kSelf);
    json::Writer raw;
    raw.begin_object().key("elements").raw(json::to_text(event.elements)).key("contact");
    raw.raw(json::to_text(event.contact)).key("sender");
    if (event.sender.is_null()) raw.begin_object().end_object();
    else raw.raw(json::to_text(event.sender));
    raw.field("type", event.type).field("event", "message").field("subEvent", event.sub_event);
    // By it a page knows again what it said itself.
    if (!event.number.empty()) raw.field("eventId", event.number);
    raw.end_object();
    report.event = std::string(raw.text());
    if (report.event.size() > segments::kMostBytes) throw Error(Fault::too_large, "body.size");
    return report;
}

api::Reply webhook(api::Call& call) {
    const Report report = read_report(call.read(kEvent));
    call.require_voice();
    const Reported done = call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        return sandbox::report(s, call.services.house, call.account(), report, pushes);
    });
    const std::string id = std::to_string(done.message.id);
    json::Writer w;
    w.begin_object().field("messageId", id).field("messageSeq", done.message.seq);
    w.field("time", done.message.created_at);
    w.field("eventId", report.number.empty() ? "evt_" + id : report.number).end_object();
    return reply(w.text());
}

api::Reply msg_recall(api::Call& call) {
    const auto wanted = call.read(kOne);
    const auto id = to_uint(wanted.id);
    if (!id) throw Error(Fault::not_found, "message.not_found");
    call.services.transaction(
        [&](db::Session& s, outbox::Pushes& pushes) { recall(s, call.services.house, call.account(), *id, pushes); });
    return reply();
}

api::Reply msg_list(api::Call& call) {
    const auto wanted = call.read(kList);
    const House& house = call.services.house;
    return call.services.db.read([&](db::Session& s) {
        const auto found = talk(s, call.account(), wanted.type == "group", wanted.target);
        json::Writer w;
        w.begin_array();
        if (found) {
            auto some = messages::newest(s, found->channel.id, 1, INT64_MAX, wanted.count, true);
            std::reverse(some.begin(), some.end());
            const Self mine = find(s, call.account());
            for (const auto& message : some) write_message(w, s, house, *found, mine, message);
        }
        w.end_array();
        return reply(w.text());
    });
}

// clang-format off
const api::Route kRoutes[] = {
    {"POST", "/api/v1/sandbox/webhook", api::Auth::talker, api::Rate::normal, webhook, "Say something as a friend, or as a group's member",
     {.body = &kEvent, .answer = R"({"code":200,"data":{"messageId":"7162034234523648","messageSeq":1,"time":1640995200000,"eventId":"evt_7162034234523648"},"message":"成功"})", .errors = {400, 401, 404, 409, 413, 429}}},
    {"POST", "/api/v1/sandbox/msg/recall", api::Auth::talker, api::Rate::normal, msg_recall, "Take a message back, whoever said it",
     {.body = &kOne, .answer = kDone, .errors = {400, 401, 404, 413, 429}}},
    {"POST", "/api/v1/sandbox/msg/list", api::Auth::talker, api::Rate::normal, msg_list, "The last messages of a talk, oldest first",
     {.body = &kList, .answer = R"({"code":200,"data":[{"messageId":"7162034234523648","messageSeq":1,"time":1640995200000,"elements":[{"type":"text","text":"你好"}],"rawEvent":{},"contact":{"scene":"friend","peer":"f1","name":"好友"},"sender":{"userId":"f1","nick":"好友"}}],"message":"成功"})", .errors = {400, 401, 404, 413, 429}}},
};
// clang-format on

}  // namespace

const api::Group kMessages = {kDoor, "sandbox-messages", kRoutes};

}  // namespace hy::sandbox
