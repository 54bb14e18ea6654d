#include "core/brains.h"

namespace hy::brains {

namespace {

constexpr const char* kFind =
    "SELECT provider, model, temperature, max_tokens, context_length, scenario, system_prompt, reply_delay_min,"
    " reply_delay_max, daily_limit, base_url, COALESCE(api_key, '') FROM robot_brains WHERE robot_id = ?";
constexpr const char* kStore =
    "INSERT INTO robot_brains (robot_id, provider, model, temperature, max_tokens, context_length, scenario,"
    " system_prompt, reply_delay_min, reply_delay_max, daily_limit, base_url, api_key)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE provider = VALUES(provider),"
    " model = VALUES(model), temperature = VALUES(temperature), max_tokens = VALUES(max_tokens),"
    " context_length = VALUES(context_length), scenario = VALUES(scenario), system_prompt = VALUES(system_prompt),"
    " reply_delay_min = VALUES(reply_delay_min), reply_delay_max = VALUES(reply_delay_max),"
    " daily_limit = VALUES(daily_limit), base_url = VALUES(base_url), api_key = VALUES(api_key)";
// Locks the robot, so that two changes at once are one after the other.
constexpr const char* kChangeRobot =
    "UPDATE robots SET brain = COALESCE(?, brain), reply_all = COALESCE(?, reply_all), updated_at = ? WHERE id = ?";

template <typename T>
void take(T& into, const std::optional<T>& value) {
    if (value) into = *value;
}

void take_key(const House& house, const robots::Robot& robot, const Changes& changes, Settings& settings) {
    if (changes.base_url && *changes.base_url != settings.base_url) {
        settings.base_url = *changes.base_url;
        settings.sealed_key.clear();
    }
    if (changes.api_key)
        settings.sealed_key = changes.api_key->empty() ? "" : house.box.seal(*changes.api_key, key_context(robot));
    if (!settings.base_url.empty() && settings.sealed_key.empty())
        throw Error(Fault::bad_request, "body", "/aiApiKey: required with aiBaseUrl");
}

}  // namespace

std::string key_context(const robots::Robot& robot) { return "brain key of " + robot.public_id; }

Settings find(db::Session& s, int64_t robot) {
    Settings settings;
    db::Rows rows = s.query(kFind, {robot});
    if (!rows.next()) return settings;
    return {rows.text(1), rows.text(2),    rows.integer(3), rows.integer(4),  rows.integer(5), rows.text(6),
            rows.text(7), rows.integer(8), rows.integer(9), rows.integer(10), rows.text(11),   rows.text(12)};
}

void change(db::Session& s, const House& house, const robots::Robot& robot, const Changes& c) {
    const auto reply_all = c.reply_all ? std::optional<int64_t>(*c.reply_all) : std::nullopt;
    s.execute(kChangeRobot, {db::nullable(c.mode), db::nullable(reply_all), house.clock.now_ms(), robot.id});
    Settings now = find(s, robot.id);
    take(now.provider, c.provider);
    take(now.model, c.model);
    take(now.temperature_milli, c.temperature_milli);
    take(now.max_tokens, c.max_tokens);
    take(now.context_length, c.context_length);
    take(now.scenario, c.scenario);
    take(now.system_prompt, c.system_prompt);
    take(now.reply_delay_min, c.reply_delay_min);
    take(now.reply_delay_max, c.reply_delay_max);
    take(now.daily_limit, c.daily_limit);
    if (now.reply_delay_min > now.reply_delay_max)
        throw Error(Fault::bad_request, "body", "/replyDelayMin: above replyDelayMax");
    take_key(house, robot, c, now);
    const auto key = now.sealed_key.empty() ? std::nullopt : std::optional<std::string_view>(now.sealed_key);
    s.execute(kStore, {robot.id, now.provider, now.model, now.temperature_milli, now.max_tokens, now.context_length,
                       now.scenario, now.system_prompt, now.reply_delay_min, now.reply_delay_max, now.daily_limit,
                       now.base_url, db::nullable(key)});
}

std::string model_of(const Config& config, const Settings& settings) {
    if (!settings.model.empty()) return settings.model;
    const auto& ai = config.ai;
    if (settings.provider == "deepseek") return ai.deepseek.model;
    if (settings.provider == "kimi") return ai.kimi.model;
    if (settings.provider == "openai") return ai.openai.model;
    if (settings.provider == "custom") return ai.custom.model;
    if (settings.provider == "doubao") return ai.doubao.model;
    return {};
}

}  // namespace hy::brains
