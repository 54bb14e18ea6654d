// Robots of the caller: make, list, read, change, delete, and a new API key.
#include "core/robots.h"

#include "door.h"

namespace hy::ocms {

namespace {

struct CreateRobot {
    std::string name, description, icon;
};
const auto kCreateRobot = json::Schema<CreateRobot>()
                              .field("name", &CreateRobot::name, {.required = true, .max_chars = 100})
                              .field("description", &CreateRobot::description, {.max_chars = 2000})
                              .field("icon", &CreateRobot::icon, {.max_bytes = 65536, .note = "Base64"});

struct ChangeRobot {
    std::optional<std::string> name, description, icon;
    std::optional<bool> is_private;
};
const auto kChangeRobot = json::Schema<ChangeRobot>()
                              .field("name", &ChangeRobot::name, {.min_chars = 1, .max_chars = 100})
                              .field("description", &ChangeRobot::description, {.max_chars = 2000})
                              .field("icon", &ChangeRobot::icon, {.max_bytes = 65536, .note = "Base64"})
                              .field("private", &ChangeRobot::is_private, {.note = "only the owner may talk to it"});

#define HY_ROBOT_EXAMPLE                                                                                                         \
    R"("robot_id":"robot_1707821234567_a1b2c3d4","name":"机器人名称","description":"描述","icon":"","creator_id":"123",)" \
    R"("creator_name":"微信用户","private":false,"created_at":"2024-02-13T10:47:14.567Z","updated_at":"2024-02-13T10:47:14.567Z")"
constexpr const char* kRobotExample = "{" HY_ROBOT_EXAMPLE "}";
constexpr const char* kRobotsExample = "[{" HY_ROBOT_EXAMPLE "}]";
constexpr const char* kCreatedExample = "{" HY_ROBOT_EXAMPLE R"(,"api_key":"sk-api-..."})";
#undef HY_ROBOT_EXAMPLE

void write(json::Writer& w, const robots::Card& robot) {
    w.field("robot_id", robot.public_id).field("name", robot.name).field("description", robot.description);
    w.field("icon", robot.icon)
        .field("creator_id", std::to_string(robot.owner))
        .field("creator_name", robot.owner_name);
    w.field("private", robot.is_private);
    w.field("created_at", iso8601(robot.created_at)).field("updated_at", iso8601(robot.updated_at));
}

api::Reply render(const robots::Robot& robot, const std::string& api_key = {}) {
    json::Writer w;
    w.begin_object();
    write(w, robot);
    if (!api_key.empty()) w.field("api_key", api_key);
    w.end_object();
    return api::reply_json(std::move(w));
}

robots::Robot own_robot(db::Session& s, const api::Call& call) {
    return robots::owned(s, call.param("robot_id"), call.account(), call.is_admin());
}

api::Reply create_robot(api::Call& call) {
    const auto wanted = call.read(kCreateRobot);
    std::string api_key;
    const auto robot = call.services.db.transaction([&](db::Session& s) {
        return robots::create(s, call.services.house, call.account(), {wanted.name, wanted.description, wanted.icon},
                              &api_key);
    });
    return render(robot, api_key);
}

api::Reply list_robots(api::Call& call) {
    const int64_t skip = call.query_int("skip", 0, 0, 10000), limit = call.query_int("limit", 100, 1, 100);
    const auto list =
        call.services.db.read([&](db::Session& s) { return robots::list(s, call.account(), skip, limit); });
    json::Writer w;
    w.begin_array();
    for (const auto& robot : list) {
        w.begin_object();
        write(w, robot);
        w.end_object();
    }
    w.end_array();
    return api::reply_json(std::move(w));
}

api::Reply get_robot(api::Call& call) {
    return render(call.services.db.read([&](db::Session& s) { return own_robot(s, call); }));
}

api::Reply change_robot(api::Call& call) {
    const auto wanted = call.read(kChangeRobot);
    if (wanted.name || wanted.description || wanted.icon) call.require_voice();
    return render(call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const auto robot = own_robot(s, call);
        robots::change(s, call.services.house, robot, {wanted.name, wanted.description, wanted.icon, wanted.is_private},
                       pushes);
        robots::note_foreign(s, call.services.house, robot, call.identity->principal, "robot.change");
        return *robots::find(s, robot.public_id);
    }));
}

api::Reply delete_robot(api::Call& call) {
    call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        robots::remove(s, call.services.house, own_robot(s, call), pushes, call.identity->principal);
    });
    json::Writer w;
    w.begin_object().field("ok", true).end_object();
    return api::reply_json(std::move(w));
}

api::Reply renew_api_key(api::Call& call) {
    std::string api_key;
    const auto robot = call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const auto found = own_robot(s, call);
        api_key = robots::renew_api_key(s, call.services.house, found, call.identity->principal, pushes);
        return found;
    });
    return render(robot, api_key);
}

const std::vector<api::QueryParam> kPaging = {{"skip", "integer", "how many to pass over (0)"},
                                              {"limit", "integer", "how many at most (100)"}};

// clang-format off
const api::Route kRoutes[] = {
    {"POST", "/ocms/robots/", api::Auth::user, api::Rate::normal, create_robot, "Create a robot; its API key is shown this once",
     {.body = &kCreateRobot, .answer = kCreatedExample, .errors = {400, 401, 403, 413}}},
    {"GET", "/ocms/robots/", api::Auth::user, api::Rate::normal, list_robots, "List the caller's robots, newest first",
     {.answer = kRobotsExample, .query = kPaging, .errors = {400, 401}}},
    {"GET", "/ocms/robots/{robot_id}", api::Auth::user, api::Rate::normal, get_robot, "Read one robot",
     {.answer = kRobotExample, .errors = {401, 403, 404}}},
    {"PUT", "/ocms/robots/{robot_id}", api::Auth::user, api::Rate::normal, change_robot, "Change what is sent",
     {.body = &kChangeRobot, .answer = kRobotExample, .errors = {400, 401, 403, 404, 413}}},
    {"DELETE", "/ocms/robots/{robot_id}", api::Auth::user, api::Rate::normal, delete_robot,
     "Delete a robot: its key dies, its connections are closed", {.answer = R"({"ok":true})", .errors = {401, 403, 404}}},
    {"POST", "/ocms/robots/{robot_id}/api-key", api::Auth::user, api::Rate::normal, renew_api_key,
     "Make a new API key; the old one dies", {.answer = kCreatedExample, .errors = {401, 403, 404}}},
};
// clang-format on

}  // namespace

const api::Group kRobots = {kDoor, "ocms-robots", kRoutes};

}  // namespace hy::ocms
