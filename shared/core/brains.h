// How a robot's brain is set: who answers, with what words and within what bounds. Who then really
// answers is core/replies' business.
#pragma once
#include <optional>
#include <string>

#include "core/robots.h"

namespace hy::brains {

struct Settings {
    std::string provider = "doubao", model;  // model "": the provider's usual one
    int64_t temperature_milli = 700;         // thousandths
    int64_t max_tokens = 2000, context_length = 10;
    std::string scenario, system_prompt;
    int64_t reply_delay_min = 1, reply_delay_max = 3;  // seconds
    int64_t daily_limit = 1000;                        // answers a day
    std::string base_url;                              // "": the operator's
    std::string sealed_key;                            // of this robot alone; "": the operator's
};

// Only what is set is changed.
struct Changes {
    std::optional<std::string> mode, provider, model, scenario, system_prompt, base_url, api_key;
    std::optional<int64_t> temperature_milli, max_tokens, context_length, reply_delay_min, reply_delay_max, daily_limit;
    std::optional<bool> reply_all;
};

// Defaults where nothing was set.
Settings find(db::Session& s, int64_t robot);
// Throws bad_request "body" naming the field: a delay whose least is above its most, a base URL without a key of
// the robot's own (the operator's key goes to the operator's URL only). Another base URL forgets the key.
void change(db::Session& s, const House& house, const robots::Robot& robot, const Changes& changes);

// What a robot's own key is sealed for.
std::string key_context(const robots::Robot& robot);

// The model that answers: the robot's, else the provider's usual one.
std::string model_of(const Config& config, const Settings& settings);

}  // namespace hy::brains
