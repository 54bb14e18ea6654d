#include "core/replies.h"

#include <algorithm>
#include <set>

#include "base/ids.h"
#include "base/text.h"
#include "base/zone.h"
#include "core/agents.h"
#include "core/commands.h"
#include "core/deliveries.h"
#include "core/sandbox_talks.h"
#include "core/statistics.h"
#include "core/wecom.h"
#include "json/writer.h"

namespace hy::replies {

namespace {

constexpr const char* kUsed =
    "INSERT INTO quotas (name, subject, ends_at, used) VALUES ('ai.daily', ?, ?, 1)"
    " ON DUPLICATE KEY UPDATE used = used + 1";
constexpr const char* kHowOften = "SELECT used FROM quotas WHERE name = 'ai.daily' AND subject = ? AND ends_at = ?";
constexpr const char* kSession =
    "SELECT session FROM brain_sessions WHERE channel_id = ? AND sender_type = ? AND sender_id = ? AND used_at > ?";
constexpr const char* kKeepSession =
    "INSERT INTO brain_sessions (channel_id, sender_type, sender_id, session, used_at) VALUES (?, ?, ?, ?, ?)"
    " ON DUPLICATE KEY UPDATE session = VALUES(session), used_at = VALUES(used_at)";
constexpr const char* kGroupName = "SELECT name FROM channel_groups WHERE channel_id = ?";
constexpr const char* kNickname = "SELECT nickname FROM accounts WHERE id = ?";

constexpr const char* kCounted = " counted";
constexpr size_t kMostContext = 128 << 10;
constexpr int64_t kLookBack = 200;  // messages of a channel in which a talk's last ones are looked for

std::string subject_of(const robots::Robot& robot) { return "robot." + std::to_string(robot.id); }

// True where the robot may answer once more today; counts it.
bool within_daily_limit(db::Session& s, const House& house, const robots::Robot& robot, int64_t limit) {
    const int64_t end = day_end(house.clock.now_ms());
    s.execute(kUsed, {subject_of(robot), end});
    db::Rows rows = s.query(kHowOften, {subject_of(robot), end});
    return rows.next() && rows.integer(1) <= limit;
}

std::string spoken(const Content& content) {
    if (content.kind == "custom" && content.text.empty()) return "[自定义消息]";
    if (!content.text.empty() || !content.media) return content.text;
    if (content.kind == "image") return "[图片]";
    if (content.kind == "voice") return "[语音]";
    if (content.kind == "video") return "[视频]";
    return "[文件] " + content.media->name;
}

// The talk before: what this sender said and what the robot answered to it, without what lies before a long silence.
// Newest first it is chosen, so that it is the oldest that has no room.
std::vector<ai::Turn> context_of(db::Session& s, const House& house, const Task& task, int64_t most) {
    std::vector<ai::Turn> turns;
    if (most == 0) return turns;
    // Where several may speak.
    const bool group = task.channel.kind == channels::Kind::group || task.channel.kind == channels::Kind::wecom ||
                       task.channel.kind == channels::Kind::sandbox;
    const auto earlier = messages::before(s, task.channel.id, task.message.seq, kLookBack);
    std::set<std::string> mine;  // ids of this sender's messages
    for (const auto& m : earlier)
        if (m.sender == task.message.sender) mine.insert(std::to_string(m.id));
    int64_t next_at = task.message.created_at;
    size_t bytes = 0;
    for (const auto& m : earlier) {
        const bool by_robot = m.sender == robot_principal(task.robot.id);
        const bool answered_me = by_robot && (!group || mine.contains(m.content.reply_to));
        if (m.recalled || !(answered_me || m.sender == task.message.sender)) continue;
        std::string text = spoken(m.content);
        bytes += text.size();
        if (next_at - m.created_at > house.config.ai.idle_minutes * 60'000 || bytes > kMostContext) break;
        next_at = m.created_at;
        turns.push_back({by_robot, std::move(text)});
        if (static_cast<int64_t>(turns.size()) == most) break;
    }
    std::reverse(turns.begin(), turns.end());
    return turns;
}

std::string system_of(const brains::Settings& settings) {
    std::string text = settings.system_prompt;
    if (!settings.scenario.empty()) text += (text.empty() ? "" : "\n\n") + std::string("场景：") + settings.scenario;
    return text;
}

// The address and key: the robot's own, else the operator's.
bool take_account(const House& house, Task& task, const brains::Settings& settings) {
    const auto* provider = ai::provider_of(house.config, task.question.provider);
    if (!settings.base_url.empty()) {
        const auto key = house.box.open(settings.sealed_key, brains::key_context(task.robot));
        task.question.base_url = settings.base_url;
        task.question.api_key = key.value_or("");
        task.users_address = true;
        return key.has_value();
    }
    if (!provider || provider->base_url.empty()) return false;
    task.question.base_url = provider->base_url;
    if (!settings.sealed_key.empty()) {
        const auto key = house.box.open(settings.sealed_key, brains::key_context(task.robot));
        task.question.api_key = key.value_or("");
        return key.has_value();
    }
    if (provider->key_file.empty()) return false;
    task.question.api_key = read_secret_file(provider->key_file);
    return true;
}

std::string session_of(db::Session& s, const House& house, const Task& task) {
    const int64_t since = house.clock.now_ms() - house.config.ai.idle_minutes * 60'000;
    db::Rows rows =
        s.query(kSession, {task.channel.id, task.message.sender.type_number(), task.message.sender.id, since});
    return rows.next() ? rows.text(1) : std::string();
}

// Whom to ask, in what words, once the robot's limit has one answer left. `counted`: it was taken from it before.
void prepare_question(db::Session& s, const House& house, Task& task, const brains::Settings& settings, bool counted) {
    task.delay_min = settings.reply_delay_min;
    task.delay_max = settings.reply_delay_max;
    ai::Question& q = task.question;
    q.provider = settings.provider;
    const bool account = take_account(house, task, settings);
    if (!account && settings.provider != "echo" && !house.config.development()) {
        task.why = "no key for " + settings.provider;
        return;
    }
    if (!counted && !within_daily_limit(s, house, task.robot, settings.daily_limit)) {
        task.why = "the daily limit is used up";
        return;
    }
    task.way = account ? Way::ai : Way::echo;
    q.model = brains::model_of(house.config, settings);
    q.temperature_milli = settings.temperature_milli;
    q.max_tokens = settings.max_tokens;
    q.system = system_of(settings);
    q.text = spoken(task.message.content);
}

// An account alone with the robot sees it write. A group would be told of it with every push, WeCom shows nothing.
void let_listen(db::Session& s, const House& house, Task& task) {
    const bool bench = task.channel.kind == channels::Kind::sandbox;
    const bool talk = task.channel.kind == channels::Kind::person || task.channel.kind == channels::Kind::conversation;
    if (!house.config.ai.stream || !task.channel.account || !(bench || talk)) return;
    task.question.stream = true;
    task.listeners = "live." + account_principal(task.channel.account).name();
    if (bench) task.bench = sandbox::place_of(s, task.channel);
}

void prepare_ai(db::Session& s, const House& house, const jobs::Job& job, Task& task) {
    const auto settings = brains::find(s, task.robot.id);
    // Once for a message, however often it is tried.
    const bool counted = job.payload.ends_with(kCounted);
    prepare_question(s, house, task, settings, counted);
    if (task.way == Way::none) return;
    if (!counted) jobs::note(s, job, job.payload + kCounted);
    if (task.way == Way::echo) return;
    ai::Question& q = task.question;
    q.user = task.channel.label + "." + task.message.sender.name();
    if (settings.provider == "dify") q.session = session_of(s, house, task);
    else q.before = context_of(s, house, task, settings.context_length);
}

std::string webhook_body(db::Session& s, const House& house, const Task& task) {
    if (task.message.form == "wecom") return third_parties::message_body(house, task.robot, task.message);
    if (task.channel.kind == channels::Kind::sandbox) {
        const auto bench = sandbox::talk_of(s, task.channel);
        const auto guest = sandbox::find_person(s, task.message.sender.id);
        return third_parties::message_body(house, task.robot, task.message, guest ? guest->nick : "",
                                           bench && bench->in_group ? bench->name : "");
    }
    db::Rows rows = s.query(kNickname, {task.message.sender.id});
    const std::string sender = rows.next() ? rows.text(1) : "";
    db::Rows group = s.query(kGroupName, {task.channel.id});
    return third_parties::message_body(house, task.robot, task.message, sender, group.next() ? group.text(1) : "");
}

void prepare_third_party(db::Session& s, const House& house, const jobs::Job& job, Task& task, bool asked) {
    task.third_party = third_parties::find(s, task.robot.id);
    if (!task.third_party.message_url.empty()) {
        task.way = Way::webhook;
        task.body = webhook_body(s, house, task);
        task.delivery_id = deliveries::id_of_message(task.message.id, task.robot.id);
    } else if (brains::find(s, task.robot.id).provider == "dify") {
        // Nobody expects an answer to what was not asked.
        if (asked) let_listen(s, house, task), prepare_ai(s, house, job, task);
    } else {
        task.why = "no messageCallbackUrl is set";
    }
}

// Drawn between the robot's bounds, and not before what the talk was answered before.
int64_t delay_of(db::Session& s, const House& house, const Task& task) {
    const int64_t now = house.clock.now_ms();
    const auto spread = static_cast<uint64_t>(task.delay_max - task.delay_min) * 1000;
    const int64_t wanted = now + task.delay_min * 1000 + static_cast<int64_t>(random_below(spread + 1));
    return wecom::not_before(s, task.channel.id, wanted) - now;
}

// A bench may have been bound to another robot, or to none, since.
bool still_at_bench(db::Session& s, const robots::Robot& robot, const channels::Channel& channel) {
    return channel.kind != channels::Kind::sandbox || sandbox::find(s, channel.account).robot == robot.id;
}

void add_job(db::Session& s, const House& house, const robots::Robot& robot, const messages::Message& message,
             bool asked, outbox::Pushes& pushes) {
    jobs::add(s, house,
              {.kind = "reply",
               .key = std::to_string(message.id) + "." + std::to_string(robot.id),
               .tenant = jobs::tenant_of(robot.owner, robot.id),
               .run_at = house.clock.now_ms(),
               .payload = std::to_string(message.channel) + " " + std::to_string(message.seq) + " " +
                          std::to_string(robot.id) + (asked ? "" : "-")},
              pushes);
}

std::optional<messages::Message> message_of(db::Session& s, const jobs::Job& job) {
    const auto parts = split(job.payload, ' ');
    if (parts.size() < 3) return std::nullopt;
    return messages::find(s, to_int(parts[0]).value_or(0), to_int(parts[1]).value_or(0));
}

}  // namespace

bool wake(db::Session& s, const House& house, const robots::Robot& robot, const channels::Channel& channel,
          const messages::Message& message, const messages::Draft& draft, bool asked, outbox::Pushes& pushes) {
    const auto talk = channel.kind == channels::Kind::wecom ? wecom::find(s, channel.id) : std::nullopt;
    const bool wecom = talk.has_value();
    statistics::note_message(s, house, robot.id, wecom ? message.sender.id : 0,
                             wecom && !talk->group.empty() ? channel.id : 0);
    asked = asked || robot.reply_all;
    if (robot.brain == "agent") return !asked || agents::enqueue(s, house, robot, channel, message, draft, pushes);
    // A webhook hears all of WeCom and decides itself.
    if (!asked && !(robot.brain == "third_party" && wecom)) return true;
    add_job(s, house, robot, message, asked, pushes);
    return true;
}

void ask_again(db::Session& s, const House& house, const robots::Robot& robot, const messages::Message& message,
               outbox::Pushes& pushes) {
    // Whether it was asked is not known any more: only a webhook hears what may not have been.
    add_job(s, house, robot, message, false, pushes);
}

Task prepare_test(db::Session& s, const House& house, const robots::Robot& robot, const std::string& text) {
    Task task;
    task.robot = robot;
    task.message.content.text = text;
    task.message.id = house.ids.next();
    task.message.created_at = house.clock.now_ms();
    const auto settings = brains::find(s, robot.id);
    if (robot.brain == "third_party") task.third_party = third_parties::find(s, robot.id);
    if (!task.third_party.message_url.empty()) {
        task.way = Way::webhook;
        task.body = third_parties::message_body(house, robot, task.message, "测试", "");
        task.body.replace(task.body.size() - 1, 1, ",\"test\":true}");
        task.delivery_id = "dlv_test_" + random_text(16, kLowerDigits);
    } else if (robot.brain == "builtin" || (robot.brain == "third_party" && settings.provider == "dify")) {
        prepare_question(s, house, task, settings, false);
        task.question.user = "test." + robot.public_id;
    } else {
        task.why = robot.brain == "agent" ? "an agent answers" : "no messageCallbackUrl is set";
    }
    return task;
}

Task prepare(db::Session& s, const House& house, const jobs::Job& job) {
    Task task;
    const auto message = message_of(s, job);
    std::string whose = message ? split(job.payload, ' ')[2] : "";
    const bool asked = !whose.ends_with('-');
    if (!asked) whose.pop_back();
    const auto robot = message ? robots::find_by_id(s, to_int(whose).value_or(0)) : std::nullopt;
    const auto channel = message ? channels::find(s, message->channel) : std::nullopt;
    if (!robot || !channel) {
        task.why = "the message or its robot is gone";
        return task;
    }
    task.robot = *robot;
    task.channel = *channel;
    task.message = *message;
    // Also where nobody answers in the end: what was seen before has to go.
    if (robot->brain == "builtin") let_listen(s, house, task);
    if (message->recalled) {
        task.why = "the message is gone";
        return task;
    }
    if (!still_at_bench(s, *robot, *channel)) {
        task.why = "the bench tests another robot now";
        return task;
    }
    if (robot->brain == "builtin") prepare_ai(s, house, job, task);
    else if (robot->brain == "third_party") prepare_third_party(s, house, job, task, asked);
    else task.why = "the robot is an agent's now";
    return task;
}

std::string partial_push(const Task& task, std::string_view text) {
    json::Writer w;
    w.begin_object().field("v", 1).field("kind", "partial").field("stream", std::to_string(task.message.id));
    w.field("robot", task.robot.public_id).field("conversation", task.channel.label).field("text", text);
    if (!task.bench.empty()) w.key("bench").raw(task.bench);
    w.end_object();
    return std::move(w).take();
}

void send_to_wecom(db::Session& s, const House& house, const robots::Robot& robot, const channels::Channel& channel,
                   const Content& content, int64_t delay_ms, outbox::Pushes& pushes) {
    const auto talk = wecom::find(s, channel.id);
    if (!talk) throw Error(Fault::not_found, "conversation.not_found");
    const bool group = !talk->group.empty();
    json::Writer w;
    w.begin_object();
    if (content.media) {
        const Media& media = *content.media;
        const bool image = content.kind == "image";
        w.field("type", image ? "image" : "file").key("titleList").begin_array();
        w.string(group ? talk->group : talk->contact).end_array();
        w.field("fileUrl", media.file.empty() ? media.url : files::link(house, media.file, media.name));
        const bool known = image || content.kind == "video" || content.kind == "voice";
        w.field("fileType", !known ? "*" : content.kind == "voice" ? "audio" : content.kind);
        w.field("objectName", media.name);
        if (!content.text.empty()) w.field("extraText", content.text);
    } else {
        w.field("type", "text").key("titleList").begin_array().string(group ? talk->group : talk->contact).end_array();
        w.field("content", content.text);
        w.key("atList").begin_array();
        if (group) w.string(content.at.empty() ? talk->contact : content.at.front());
        w.end_array();
    }
    w.end_object();
    commands::create(s, house, robot, std::string(w.text()), delay_ms, pushes);
}

bool answer(db::Session& s, const House& house, const Task& task, const ai::Said& said, outbox::Pushes& pushes) {
    // Held against its deletion; gone, it says nothing any more.
    const auto partner = robots::find_partner(s, task.robot.id, 0);
    if (!partner) return false;
    const bool wecom = task.channel.kind == channels::Kind::wecom;
    messages::Draft draft;
    draft.sender = robot_principal(task.robot.id);
    draft.sender_id = task.robot.public_id;
    draft.sender_name = task.robot.name;
    draft.client_no = "reply:" + std::to_string(task.message.id);
    draft.number_alone = true;
    draft.content.text = said.text;
    draft.content.reply_to = std::to_string(task.message.id);
    const bool of_contact = task.message.sender.type == PrincipalType::contact;
    if (of_contact) draft.content.at = {wecom::contact_name(s, task.message.sender.id)};
    const auto channel = channels::find(s, task.channel.id);
    // Sent away meanwhile, it says nothing there.
    if (channel && channel->kind == channels::Kind::group && !channels::member(s, channel->id, draft.sender))
        return false;
    if (channel && !still_at_bench(s, task.robot, *channel)) return false;
    if (!channel) return false;
    if (messages::append(s, house, *channel, draft, pushes).repeated) return true;
    sandbox::note_answer(s, house, *channel);
    const int64_t delay = wecom ? delay_of(s, house, task) : 0;
    if (wecom) send_to_wecom(s, house, task.robot, *channel, draft.content, delay, pushes);
    if (!said.session.empty())
        s.execute(kKeepSession, {task.channel.id, task.message.sender.type_number(), task.message.sender.id,
                                 said.session, house.clock.now_ms()});
    statistics::note_answer(s, house, task.robot.id, house.clock.now_ms() + delay - task.message.created_at,
                            ai::cost_of(house.config, task.question.provider, said));
    return true;
}

}  // namespace hy::replies
