// Conversations of the caller with robots.
#include "core/conversations.h"

#include "core/history.h"
#include "door.h"

namespace hy::ocms {

namespace {

struct CreateConversation {
    std::string robot_id, title = "新对话";
};
const auto kCreateConversation =
    json::Schema<CreateConversation>()
        .field("robot_id", &CreateConversation::robot_id, {.required = true, .max_chars = 64})
        .field("title", &CreateConversation::title, {.max_chars = 200});

struct ChangeConversation {
    std::optional<std::string> title;
};
const auto kChangeConversation =
    json::Schema<ChangeConversation>().field("title", &ChangeConversation::title, {.max_chars = 200});

#define HY_CONVERSATION_EXAMPLE                                                                                          \
    R"({"id":"conv_a1b2c3d4e5f6g7h8","robot_id":"robot_1707821234567_a1b2c3d4","user_id":"123","title":"对话标题",)" \
    R"("created_at":"2024-02-13T10:47:14.567Z","updated_at":"2024-02-13T10:47:14.567Z"})"
constexpr const char* kExample = HY_CONVERSATION_EXAMPLE;
constexpr const char* kListExample = "[" HY_CONVERSATION_EXAMPLE "]";
#undef HY_CONVERSATION_EXAMPLE

void write(json::Writer& w, const conversations::Conversation& c) {
    w.begin_object().field("id", c.id).field("robot_id", c.robot_id).field("user_id", std::to_string(c.account));
    w.field("title", c.title).field("created_at", iso8601(c.created_at)).field("updated_at", iso8601(c.updated_at));
    w.end_object();
}

api::Reply render(const conversations::Conversation& c) {
    json::Writer w;
    write(w, c);
    return api::reply_json(std::move(w));
}

// The robot that the query names, 0 when it names none. Throws when it is unknown.
int64_t robot_in_query(db::Session& s, const api::Call& call) {
    const std::string id = call.query_text("robot_id");
    if (id.empty()) return 0;
    const auto robot = robots::find(s, id);
    if (!robot) throw Error(Fault::not_found, "robot.not_found");
    return robot->id;
}

conversations::Conversation own(db::Session& s, const api::Call& call) {
    return conversations::owned(s, call.account(), call.param("conversation_id"), robot_in_query(s, call));
}

api::Reply create_conversation(api::Call& call) {
    const auto wanted = call.read(kCreateConversation);
    return render(call.services.db.transaction([&](db::Session& s) {
        const auto robot = robots::find(s, wanted.robot_id);
        if (!robot) throw Error(Fault::not_found, "robot.not_found");
        if (!robots::may_talk(*robot, call.account())) throw Error(Fault::forbidden, "robot.foreign");
        return conversations::create(s, call.services.house, call.account(), *robot, wanted.title);
    }));
}

api::Reply list_conversations(api::Call& call) {
    const int64_t skip = call.query_int("skip", 0, 0, 10000), limit = call.query_int("limit", 100, 1, 100);
    const std::string before = call.query_text("before");
    const auto list = call.services.db.read([&](db::Session& s) {
        const int64_t robot = robot_in_query(s, call);
        const int64_t number = before.empty() ? 0 : conversations::owned(s, call.account(), before, robot).number;
        return conversations::list(s, call.account(), robot, number, skip, limit);
    });
    json::Writer w;
    w.begin_array();
    for (const auto& conversation : list) write(w, conversation);
    w.end_array();
    return api::reply_json(std::move(w));
}

api::Reply get_conversation(api::Call& call) {
    return render(call.services.db.read([&](db::Session& s) { return own(s, call); }));
}

api::Reply change_conversation(api::Call& call) {
    const auto wanted = call.read(kChangeConversation);
    return render(call.services.db.transaction([&](db::Session& s) {
        const auto conversation = own(s, call);
        if (wanted.title) conversations::set_title(s, call.services.house, conversation, *wanted.title);
        return own(s, call);
    }));
}

api::Reply delete_conversation(api::Call& call) {
    const auto conversation = call.services.db.transaction([&](db::Session& s) {
        auto found = own(s, call);
        conversations::remove(s, call.services.house, found);
        return found;
    });
    // A long talk is taken out of the history in steps; what is left after these,
    // housekeeping takes.
    for (int step = 0; step < 10; ++step) {
        const bool more = call.services.db.transaction(
            [&](db::Session& s) { return history::forget_some(s, conversation.account, conversation.channel); });
        if (!more) break;
    }
    json::Writer w;
    w.begin_object().field("ok", true).end_object();
    return api::reply_json(std::move(w));
}

const std::vector<api::QueryParam> kListQuery = {{"robot_id", "string", "only with this robot"},
                                                 {"skip", "integer", "how many to pass over (0)"},
                                                 {"limit", "integer", "how many at most (100)"},
                                                 {"before", "string", "only older than this conversation"}};
const std::vector<api::QueryParam> kWhichRobot = {
    {"robot_id", "string", "which robot's, where a client used one id with several"}};

// clang-format off
const api::Route kRoutes[] = {
    {"POST", "/ocms/conversations/", api::Auth::talker, api::Rate::normal, create_conversation, "Begin a conversation with a robot",
     {.body = &kCreateConversation, .answer = kExample, .errors = {400, 401, 403, 404, 413}}},
    {"GET", "/ocms/conversations/", api::Auth::talker, api::Rate::normal, list_conversations,
     "List the caller's conversations, newest first", {.answer = kListExample, .query = kListQuery, .errors = {400, 401, 404}}},
    {"GET", "/ocms/conversations/{conversation_id}", api::Auth::talker, api::Rate::normal, get_conversation,
     "Read one conversation", {.answer = kExample, .query = kWhichRobot, .errors = {401, 403, 404}}},
    {"PUT", "/ocms/conversations/{conversation_id}", api::Auth::talker, api::Rate::normal, change_conversation, "Change its title",
     {.body = &kChangeConversation, .answer = kExample, .query = kWhichRobot, .errors = {400, 401, 403, 404}}},
    {"DELETE", "/ocms/conversations/{conversation_id}", api::Auth::talker, api::Rate::normal, delete_conversation,
     "Hide a conversation and what was said in it", {.answer = R"({"ok":true})", .query = kWhichRobot, .errors = {401, 403, 404}}},
};
// clang-format on

}  // namespace

const api::Group kConversations = {kDoor, "ocms-conversations", kRoutes};

}  // namespace hy::ocms
