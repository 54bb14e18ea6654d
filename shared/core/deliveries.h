// What became of what owners' webhooks were told: a row for each message or result, its last attempt, and its retry. Who
// calls is the worker's business. Source: decisions, workbot, "third_party".
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/robots.h"
#include "core/third_parties.h"

namespace hy::deliveries {

// When a delivery that failed for the n-th time (1 on) is tried again, ms from now; nothing: given up.
std::optional<int64_t> retry_after(int64_t attempts);

enum class Outcome : int { under_way = 0, taken = 1, given_up = 2 };
const char* name_of(Outcome outcome);  // "pending", "success", "failed"
std::optional<Outcome> outcome_named(std::string_view name);

// How receivers know again what comes twice. A message goes to each webhook robot of a group by itself.
std::string id_of_message(uint64_t message, int64_t robot);
std::string id_of_result(const third_parties::Ending& ending);

struct Attempt {
    std::string delivery_id;
    int64_t robot = 0;
    bool is_result = false;
    Outcome outcome = Outcome::under_way;
    int64_t attempts = 0;
    int http_status = 0;  // 0: there was no answer
    std::string fault;    // "": none
};
void note(db::Session& s, const House& house, const Attempt& attempt);

// What was under way is not any more: nobody is there to be told, or nothing is left to tell.
void give_up(db::Session& s, const House& house, const std::string& delivery_id, const std::string& why);

struct Delivery : Attempt {
    int64_t id = 0, created_at = 0, updated_at = 0;
};
// Of a robot, newest first, older than `before` (0: from the newest on): at most `most`.
std::vector<Delivery> list(db::Session& s, int64_t robot, std::optional<Outcome> outcome, int64_t before, int64_t most);
std::optional<Delivery> find(db::Session& s, const std::string& delivery_id);

// Has one delivered again, under the same id, that was taken or given up. Throws conflict "delivery.open" for one that is
// under way, "delivery.no_webhook" where nobody is called any more, not_found "delivery.gone" for what is kept no more.
// How calls of webhooks ended since then.
struct Tally {
    int64_t taken = 0, given_up = 0;
};
Tally ended_since(db::Session& s, int64_t since_ms);

void retry(db::Session& s, const House& house, const robots::Robot& robot, const std::string& delivery_id,
           outbox::Pushes& pushes);

// Takes away what was last tried over workbot.keep_commands_days ago, at most so many.
size_t forget(db::Session& s, const House& house, int64_t most);

}  // namespace hy::deliveries
