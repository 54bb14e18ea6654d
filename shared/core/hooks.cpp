// The rows of hooks' jobs: written by every process that stores messages, so nothing here calls anybody.
#include "core/hooks.h"

#include "base/text.h"
#include "core/jobs.h"
#include "json/value.h"
#include "json/writer.h"

namespace hy::hooks {

namespace {

constexpr size_t kMostWords = 100;

// What a push service shows where the message says nothing else.
std::string words_of(const Content& content) {
    if (!content.text.empty()) return std::string(utf8_prefix(content.text, kMostWords));
    if (content.kind == "image") return "[图片]";
    if (content.kind == "voice") return "[语音]";
    if (content.kind == "video") return "[视频]";
    return content.kind == "file" ? "[文件]" : "[消息]";
}

}  // namespace

void note(db::Session& s, const House& house, const channels::Channel& channel, const messages::Message& message,
          const messages::Draft& draft, outbox::Pushes& pushes) {
    const auto& settings = house.config.hooks;
    // Nothing of a bench is seen by others.
    if (channel.kind == channels::Kind::sandbox) return;
    // Who says much waits behind himself, and a few tenants are soon looked through.
    constexpr int64_t kTenants = 16;
    const std::string key = std::to_string(message.id), tenant = "hook." + std::to_string(message.sender.id % kTenants);
    Task task{message.channel, message.seq, 0, {}, {}, {}};
    const int64_t now = house.clock.now_ms();
    if (!settings.after_send_url.empty())
        jobs::add(s, house,
                  {.kind = "after_send", .key = key, .tenant = tenant, .run_at = now, .payload = task.to_json()},
                  pushes);
    const bool heard = channel.kind == channels::Kind::person || channel.kind == channels::Kind::group;
    if (settings.push_url.empty() || !heard || (message.flags & (messages::kNoDot | messages::kCommand))) return;
    const auto wanted = json::parse(draft.push.empty() ? "{}" : draft.push);
    task.title = wanted ? wanted->text_or("title") : "";
    task.desc = wanted ? wanted->text_or("desc") : "";
    task.ex = wanted ? wanted->text_or("ex") : "";
    if (task.title.empty()) task.title = draft.sender_name;
    if (task.desc.empty()) task.desc = words_of(message.content);
    jobs::add(s, house, {.kind = "push", .key = key, .tenant = tenant, .run_at = now, .payload = task.to_json()},
              pushes);
}

std::string Task::to_json() const {
    json::Writer w;
    w.begin_object().field("channel", channel).field("seq", seq).field("after", after);
    w.field("title", title).field("desc", desc).field("ex", ex).end_object();
    return std::move(w).take();
}

Task Task::from_json(std::string_view text) {
    const auto value = json::parse(text);
    if (!value) return {};
    return {value->int_or("channel"), value->int_or("seq"),   value->int_or("after"),
            value->text_or("title"),  value->text_or("desc"), value->text_or("ex")};
}

}  // namespace hy::hooks
