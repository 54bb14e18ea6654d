#include "core/weapp.h"
#include "faults/scene.h"

#include <chrono>
#include <stdexcept>

#include "api/pipeline.h"
#include "base/text.h"
#include "core/agents.h"
#include "groups.h"
#include "jobs/chores.h"
#include "json/value.h"
#include "ocms/door.h"
#include "openim/door.h"
#include "openim/sdk_door.h"
#include "sandbox/door.h"
#include "uplink/core.h"
#include "workbot/door.h"
#include "uplink/session.h"
#include "wukongim/door.h"

namespace hy::test {

const char* name_of(Loss loss) {
    constexpr const char* names[] = {"refused", "swallowed", "down"};
    return names[static_cast<int>(loss)];
}

// ---- the bus --------------------------------------------------------------------------

void FaultyBus::arm(int64_t n, Loss loss) {
    std::lock_guard lock(mutex_);
    seen_ = 0;
    at_ = n;
    loss_ = loss;
    struck_ = leaks_ = down_ = false;
}

void FaultyBus::heal() {
    std::lock_guard lock(mutex_);
    at_ = 0;
    if (leaks_ || down_) ++epochs_;
    leaks_ = down_ = false;
}

bool FaultyBus::struck() const {
    std::lock_guard lock(mutex_);
    return struck_;
}

std::vector<std::pair<std::string, std::string>> FaultyBus::heard() const {
    std::lock_guard lock(mutex_);
    return heard_;
}

bool FaultyBus::connected() const {
    std::lock_guard lock(mutex_);
    return !down_;
}

bool FaultyBus::flush(int) {
    std::lock_guard lock(mutex_);
    return flushes && !down_ && !leaks_;
}

bool FaultyBus::publish(std::string_view subject, std::string_view data) {
    std::lock_guard lock(mutex_);
    const bool answers = subject == inbox_;
    const bool strikes = !down_ && ++seen_ == at_;
    if (strikes) {
        struck_ = true;
        leaks_ = leaks_ || loss_ == Loss::swallowed;
        down_ = loss_ == Loss::down;
    }
    const bool taken = !down_ && !(strikes && loss_ == Loss::refused);
    const bool arrives = taken && !leaks_;
    if (answers) {
        fate_ = arrives ? Fate::comes : Fate::lost;
        answer_ = data;
        answered_.notify_all();
    } else if (arrives) {
        heard_.emplace_back(subject, data);
    }
    return taken;
}

std::optional<std::string> FaultyBus::ask(const std::string& subject, const std::string& data) {
    std::unique_lock lock(mutex_);
    inbox_ = "_INBOX." + std::to_string(++asks_);
    fate_ = Fate::none;
    const auto handler = handlers_.find(subject);
    if (handler == handlers_.end() || down_) return std::nullopt;
    const std::string inbox = inbox_;
    lock.unlock();
    handler->second({subject, data, inbox});
    lock.lock();
    const bool came = answered_.wait_for(lock, std::chrono::seconds(30), [&] { return fate_ != Fate::none; });
    if (!came) throw std::runtime_error("no answer to " + subject);
    return fate_ == Fate::comes ? std::optional(answer_) : std::nullopt;
}

std::unique_ptr<bus::Subscription> FaultyBus::subscribe(const std::string& subject, bus::Handler handler) {
    std::lock_guard lock(mutex_);
    handlers_[subject] = std::move(handler);
    return nullptr;  // lives as long as the bus
}

// ---- the scene ------------------------------------------------------------------------

namespace {

Config cut_config(const Config& config, const DbProxy& proxy, const std::string& tag) {
    Config changed = config;
    changed.database.socket = proxy.path();
    changed.events.workers = 1;
    changed.files.path = config.files.path + "-" + tag;
    return changed;
}

const api::EventGroup* const kStreams[] = {&ocms::kStream,      &workbot::kStream, &wukongim::kStream, &openim::kStream,
                                           &openim::kSdkStream, &sandbox::kStream, &uplink::kCore};

const api::Group& group_of(const std::string& route) {
    for (const api::Group* group : tools::groups())
        for (const api::Route& r : group->routes)
            if (route == r.method + std::string(" ") + r.pattern) return *group;
    throw std::runtime_error("no route " + route);
}

// At openim the body says what became of it: as a status it is the number there, or 503 for the house's own fault.
int openims_status(const http::Response& response) {
    constexpr int64_t kInternal = 1500, kSdkInternal = 500;
    const auto value = json::parse(response.body);
    const json::Value* code = value ? value->find("errCode") : nullptr;
    if (!code) return response.status;
    const int64_t number = code->integer().value_or(kInternal);
    return number == 0                                     ? response.status
           : number == kInternal || number == kSdkInternal ? 503
                                                           : static_cast<int>(number);
}

Answer call(api::Services& services, const Scene& scene, const std::string& route, const std::string& target,
            const std::string& body, const std::string& type) {
    const size_t blank = route.find(' ');
    http::TextBody source(body);
    http::Request request;
    request.method = route.substr(0, blank);
    request.target = target.empty() ? route.substr(blank + 1) : target;
    request.address = scene.address;
    request.request_id = "request-" + scene.tag;
    request.content_length = static_cast<int64_t>(body.size());
    request.headers["content-type"] = type;
    if (!scene.bearer.empty()) request.headers["authorization"] = "Bearer " + scene.bearer;
    request.body = &source;
    api::Pipeline pipeline(group_of(route), services);
    const auto response = pipeline.handle(request);
    // Whatever the route, JSON that is none is no success.
    const bool json = response.status == 200 && (response.body.starts_with('{') || response.body.starts_with('['));
    if (json && !json::parse(response.body)) return {599, response.body};
    return {openims_status(response), response.body};
}

std::string scene_tag() {
    static std::atomic<int> scenes{0};
    return std::to_string(++scenes);
}

}  // namespace

std::string Answer::text(const std::string& name) const {
    const auto value = json::parse(body);
    return value ? value->text_or(name) : "";
}

Scene::Scene(World& w, const DbProxy& proxy)
    : world(w),
      tag(scene_tag()),
      config(cut_config(w.config, proxy, tag)),
      services(config, w.clock, bus, 4),
      events(kStreams, services),
      host("relay-" + tag),
      conn("conn-" + tag),
      address("2001:db8:" + tag + "::1") {
    services.store = files::local_store(config.files.path);
}

void Scene::people() {
    const auto signed_in = http_past("POST /ocms/auth/weapp/token", "", R"({"code":"user-)" + tag + "\"}");
    access = bearer = signed_in.text("access_token");
    refresh = signed_in.text("refresh_token");
    const int64_t id = to_int(signed_in.text("user_id")).value_or(0);
    world.ask([&](db::Session& s) {
        user = accounts::find(s, id).value();
        owner = weapp::account_of(s, world.house, {"dev", "owner-" + tag, ""});
    });
    robot = world.robot(owner.id, &key);
    world.relay(host);
}

channels::Channel Scene::talk(const std::string& id, int count) {
    channel = world.ask([&](db::Session& s) { return conversations::resolve(s, world.house, user.id, robot, id); });
    for (int i = 0; i < count; ++i)
        world.act([&](db::Session& s, outbox::Pushes& pushes) {
            messages::Draft draft;
            draft.sender = account_principal(user.id);
            draft.content.text = "said before";
            const auto said = messages::append(s, world.house, channel, draft, pushes);
            agents::enqueue(s, world.house, robot, channel, said.message, draft, pushes);
        });
    return channel;
}

void Scene::agent(const std::string& name) { world.connect(name, host, robot_principal(robot.id)); }

std::string Scene::user_session() {
    const auto identity = world.services.standing.check(world.db, world.house, access);
    return uplink::seal(world.services, {"ocms", identity.value(), robot.id, robot.public_id, ""});
}

std::string Scene::agent_session() {
    const auto identity = api::identify_agent(world.services, key);
    return uplink::seal(world.services, {"ocms", identity.value(), robot.id, robot.public_id, ""});
}

Answer Scene::http(const std::string& route, const std::string& target, const std::string& body,
                   const std::string& type) {
    return call(services, *this, route, target, body, type);
}

Answer Scene::http_past(const std::string& route, const std::string& target, const std::string& body) {
    return call(world.services, *this, route, target, body, "application/json");
}

Answer Scene::ask(const std::string& subject, const std::string& body) {
    const auto answer = bus.ask(subject, body);
    const auto value = answer ? json::parse(*answer) : std::nullopt;
    if (!value || value->bool_or("busy")) return {0, answer.value_or("")};
    return {value->find("close") ? 1008 : 200, *answer};
}

Answer Scene::frames(bool as_agent, const std::string& frames) {
    return ask("ask.ocms.frames", R"({"v":1,"conn":")" + conn + R"(","session":")" +
                                      (as_agent ? agent_session() : user_session()) + R"(","n":1,"frames":[)" + frames +
                                      "]}");
}

Answer Scene::chore(const std::string& name) {
    for (const auto& chores : {jobs::outbox_chores(), jobs::housekeeping_chores()})
        for (const app::Chore& chore : chores)
            if (chore.name == name) {
                try {
                    return {200, std::to_string(chore.work(services))};
                } catch (const std::exception&) {
                    return {0, ""};  // its loop says it to the log and comes again
                }
            }
    throw std::runtime_error("no chore " + name);
}

namespace {
// A worker's turn; false where it broke off, as a look of the real one may.
bool work_off(Scene& s, const app::JobKind& kind) {
    s.world.clock.advance(200'000);
    try {
        for (const auto& job : jobs::claim(s.services.db, s.services.house, kind.kind, 1000, 1000, {}, kind.lease_ms))
            kind.work(s.services, job);
        return true;
    } catch (const std::exception&) {
        return false;
    }
}
}  // namespace

Answer Scene::job(const std::string& kind) {
    for (const auto& kinds : {jobs::reply_jobs(config), jobs::callback_jobs(config)})
        for (const app::JobKind& one : kinds) {
            if (one.kind != kind) continue;
            // What one had leased and did not do, the next does.
            work_off(*this, one);
            return {work_off(*this, one) ? 200 : 0, ""};
        }
    throw std::runtime_error("no job " + kind);
}

void Scene::execute(const std::string& sql, std::initializer_list<db::Param> params) {
    world.db.read([&](db::Session& s) { s.execute(sql, params); });
}

std::vector<std::string> Scene::unheard_in_the_end() {
    std::vector<std::pair<std::string, std::string>> rows;
    world.db.read([&](db::Session& s) {
        db::Rows found = s.query("SELECT pushes FROM outbox");
        while (found.next()) {
            const auto lines = split(found.text(1), '\n');
            for (size_t i = 0; i + 1 < lines.size(); i += 2)
                rows.emplace_back(lines[i], lines[i + 1] == "=" ? rows.back().second : lines[i + 1]);
        }
    });
    bus.flushes = true;
    world.clock.advance(config.outbox.after_ms + 1000);
    while (outbox::sweep(world.db, bus, config, world.clock) > 0) continue;
    const auto all = bus.heard();
    std::vector<std::string> unheard;
    for (const auto& row : rows)
        if (std::find(all.begin(), all.end(), row) == all.end()) unheard.push_back(row.first + " " + row.second);
    return unheard;
}

}  // namespace hy::test
