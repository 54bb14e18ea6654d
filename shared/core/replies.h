// Who answers a message for a robot, and where the answer goes. A message wakes the robot's brain in its own
// transaction: an agent gets it at once, for the others a job is written. The worker prepares a question, asks it
// outside of any transaction, and brings the answer back; each step holds when repeated.
// Source: decisions, "One reply pipeline" and workbot's `builtin` and `third_party`.
#pragma once
#include <optional>
#include <string>

#include "core/ai.h"
#include "core/jobs.h"
#include "core/messages.h"
#include "core/robots.h"
#include "core/third_parties.h"

namespace hy::replies {

// `asked`: in a private talk, or mentioned; else only robots with replyAll answer. Returns false when an agent should
// have it and none is there.
bool wake(db::Session& s, const House& house, const robots::Robot& robot, const channels::Channel& channel,
          const messages::Message& message, const messages::Draft& draft, bool asked, outbox::Pushes& pushes);

// The webhook is told of a message once more, whether it answered it or not; an answer that is there stays the only one.
void ask_again(db::Session& s, const House& house, const robots::Robot& robot, const messages::Message& message,
               outbox::Pushes& pushes);

enum class Way {
    none,     // nobody answers it (any more); `why` says it, "" where nobody need know
    echo,     // the development profile's own
    ai,       // `question`
    webhook,  // `url`, `body`
};
struct Task {
    Way way = Way::none;
    std::string why;
    robots::Robot robot;
    channels::Channel channel;
    messages::Message message;
    ai::Question question;
    bool users_address = false;  // the question goes where the owner said
    third_parties::Settings third_party;
    std::string body, delivery_id;
    int64_t delay_min = 0, delay_max = 0;  // seconds
    std::string listeners;                 // subject of who may see the answer grow; "": nobody
    std::string bench;                     // at a test bench: where, as JSON (core/sandbox_talks.h)
};
// What is to be done for a job of kind "reply". The first attempt counts for the robot's daily limit.
Task prepare(db::Session& s, const House& house, const jobs::Job& job);

// The same for words that nobody said in any talk: what the brain answers is for its owner to see, and not stored. Counts
// for the daily limit too.
Task prepare_test(db::Session& s, const House& house, const robots::Robot& robot, const std::string& text);

// What the brain has said so far, as those on `task.listeners` are told: not stored, and nobody's to miss. It is known by
// the message it answers; the stored answer takes its place. An empty text: it came to nothing. infra/docs/uplink.md.
std::string partial_push(const Task& task, std::string_view text);

// The answer: stored, and in WeCom a command. Repeated for the same message, it changes nothing. False: there is nobody
// to say it any more, or nowhere.
bool answer(db::Session& s, const House& house, const Task& task, const ai::Said& said, outbox::Pushes& pushes);

// What an agent said in a WeCom talk becomes a command too.
void send_to_wecom(db::Session& s, const House& house, const robots::Robot& robot, const channels::Channel& channel,
                   const Content& content, int64_t delay_ms, outbox::Pushes& pushes);

}  // namespace hy::replies
