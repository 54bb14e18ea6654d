#include "cases/run_case.h"

#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "base/text.h"
#include "cases/match.h"
#include "core/conversations.h"
#include "core/messages.h"

namespace hy::cases {

namespace {

class Player {
public:
    Player(const std::string& name, Executor& executor, World* world, std::map<std::string, std::string> variables)
        : name_(name), executor_(executor), world_(world), variables_(std::move(variables)) {
        variables_["run"] = random_text(12, kLowerDigits);
        for (const char* name : {"phone", "phone2"}) variables_[name] = "13" + random_text(9, "0123456789");
    }

    void play(const Step& step) {
        for (const auto& [verb, rest] : step.before) prepare(verb, fill(rest));
        Sent sent{step.method, step.target, "", {}};
        // Before the rest is filled in: logging in is what gives {{alice.id}}.
        authorize(step.as, sent.headers);
        sent.target = fill(step.target);
        std::string content_type;
        sent.body = body_bytes(fill(step.body), content_type);
        bool typed = false;
        for (const auto& [key, value] : step.headers) {
            typed = typed || lower(key) == "content-type";
            sent.headers.emplace_back(key, fill(value));
        }
        if (!typed && !content_type.empty()) sent.headers.emplace_back("Content-Type", content_type);
        Step expected = step;
        expected.expected_body = fill(step.expected_body);
        for (auto& [key, value] : expected.expected_headers) value = fill(value);
        http::Response answer;
        for (int i = 0; i < step.repeat; ++i) {
            answer = executor_.send(sent);
            const auto faults = compare(expected, answer);
            for (const auto& fault : faults) throw_later(step, fault);
            if (!faults.empty()) throw std::runtime_error("");
        }
        for (const auto& [key, where] : step.saves) save(key, where, answer);
    }

    std::vector<std::string> faults;

    void throw_later(const Step& step, const std::string& why) {
        faults.push_back("line " + std::to_string(step.line) + ", " + step.title + ": " + why);
    }

private:
    std::string fill(const std::string& text) const { return fill_in(text, variables_); }

    World& world() {
        if (!world_) throw std::runtime_error("this needs the house");
        return *world_;
    }

    void authorize(const std::string& who, Pairs& headers) {
        if (who == "nobody") return;
        if (who.starts_with("agent ")) {
            headers.emplace_back("x-api-key", fill("{{" + who.substr(6) + "}}"));
            return;
        }
        if (!variables_.contains(who + ".token")) log_in(who);
        headers.emplace_back("Authorization", "Bearer " + variables_[who + ".token"]);
    }

    void log_in(const std::string& who) {
        const std::string code = "case_" + variables_["run"] + "_" + who;
        const auto answer = executor_.send({"POST",
                                            "/ocms/auth/weapp/token",
                                            R"({"code":")" + code + R"("})",
                                            {{"Content-Type", "application/json"}}});
        const auto body = json::parse(answer.body);
        if (answer.status != 200 || !body) throw std::runtime_error(who + " could not log in: " + answer.body);
        variables_[who + ".id"] = body->text_or("user_id");
        variables_[who + ".token"] = body->text_or("access_token");
        variables_[who + ".refresh"] = body->text_or("refresh_token");
        if (who != "admin") return;
        auto& services = *world().services;
        services.db.transaction([&](db::Session& s) {
            accounts::set_role(s, services.house, to_int(variables_["admin.id"]).value_or(0), accounts::Role::admin);
        });
    }

    void prepare(const std::string& verb, const std::string& rest) {
        if (verb == "seed") return seed(rest);
        if (verb == "disable") return disable(rest);
        if (verb == "sms") return read_sms(rest);
        std::istringstream words(rest);
        std::string first, unit;
        words >> first >> unit;
        if (verb == "setting") {
            if (name_ != "pipeline") throw std::runtime_error("settings are for the pipeline only");
            const size_t equals = rest.find('=');
            set_config(world().config, trim(rest.substr(0, equals)), trim(rest.substr(equals + 1)), "case");
            return;
        }
        const int64_t amount = to_int(first).value_or(-1);
        const std::map<std::string, int64_t> units = {{"ms", 1}, {"s", 1000}, {"h", 3'600'000}, {"d", 86'400'000}};
        const int64_t each = units.contains(unit) ? units.at(unit) : 0;
        if (amount < 0 || !each) throw std::runtime_error(verb + " " + rest);
        if (verb == "wait") return std::this_thread::sleep_for(std::chrono::milliseconds(amount * each));
        if (name_ != "pipeline") throw std::runtime_error("the clock is the pipeline's only");
        world().clock.shift += amount * each;
    }

    void disable(const std::string& who) {
        auto& services = *world().services;
        const int64_t account = to_int(variables_[who + ".id"]).value_or(0);
        services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
            accounts::set_status(s, services.house, account, accounts::Status::disabled, pushes);
        });
    }

    // PHONE as NAME
    void read_sms(const std::string& text) {
        std::istringstream words(text);
        std::string phone, as, name, code;
        words >> phone >> as >> name;
        std::ifstream file(world().config.sms.log_file);
        for (std::string line; std::getline(file, line);) {
            const auto sent = json::parse(line);
            if (sent && sent->text_or("phone") == phone) code = sent->text_or("code");
        }
        if (code.empty() || name.empty()) throw std::runtime_error("no code was sent: sms " + text);
        variables_[name] = code;
    }

    // N messages from WHO with robot ID [in CONVERSATION] [attaching FILE]
    void seed(const std::string& text) {
        std::istringstream words(text);
        int64_t count = 0;
        std::string messages_word, from, who, with, robot_word, robot_id, conversation, file;
        words >> count >> messages_word >> from >> who >> with >> robot_word >> robot_id;
        if (count < 1 || from != "from" || robot_word != "robot") throw std::runtime_error("seed " + text);
        for (std::string word; words >> word;) words >> (word == "in" ? conversation : file);
        Pairs ignored;
        authorize(who, ignored);
        for (int64_t i = 1; i <= count; ++i) say(who, robot_id, conversation, file, i);
    }

    void say(const std::string& who, const std::string& robot_id, const std::string& conversation,
             const std::string& file, int64_t number) {
        auto& services = *world().services;
        const int64_t account = to_int(variables_[who + ".id"]).value_or(0);
        const bool by_user = number % 2 == 1;
        services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
            const auto robot = robots::find(s, robot_id);
            if (!robot) throw std::runtime_error("seed: no robot " + robot_id);
            messages::Draft draft;
            draft.sender = by_user ? account_principal(account) : robot_principal(robot->id);
            draft.sender_id = by_user ? variables_[who + ".id"] : robot_id;
            draft.content.text = "第 " + std::to_string(number) + " 句";
            const auto channel = conversations::resolve(s, services.house, account, *robot, conversation);
            if (!file.empty()) {
                const auto key = files::key_in(services.house, file);
                const auto found = key ? files::find(s, *key) : std::nullopt;
                if (!found) throw std::runtime_error("seed: no file " + file);
                draft.content.media = Media{found->key, "", found->mime, found->name, found->size};
                files::note_use(s, found->key, channel.id);
            }
            messages::append(s, services.house, channel, draft, pushes);
        });
    }

    void save(const std::string& key, const std::string& where, const http::Response& answer) {
        if (where.starts_with("header ")) {
            variables_[key] = header_of(answer, where.substr(7));
            return;
        }
        // "/pointer", "url /pointer" or "query NAME /pointer"
        const std::string pointer = where.substr(std::min(where.find('/'), where.size()));
        const auto body = json::parse(answer.body);
        const json::Value* found = body ? at_pointer(*body, pointer) : nullptr;
        if (!found) throw std::runtime_error("nothing to save at " + where);
        std::string text = found->string() ? *found->string() : json::to_text(*found);
        if (where.starts_with("url ")) text.erase(0, text.find('/', text.find("://") + 3));
        if (where.starts_with("query ")) {
            const auto query = http::parse_query(text);
            const auto value = query ? http::find(*query, trim(where.substr(6, where.find('/') - 6))) : std::nullopt;
            if (!value) throw std::runtime_error("nothing to save at " + where);
            text = *value;
        }
        variables_[key] = text;
    }

    std::string name_;
    Executor& executor_;
    World* world_;
    std::map<std::string, std::string> variables_;
};

}  // namespace

Played play(const CaseFile& file, const std::string& executor_name, Executor& executor, World* world,
            std::map<std::string, std::string> variables) {
    Player player(executor_name, executor, world, std::move(variables));
    Played played;
    for (const Step& step : file.steps) {
        if (!step.only.empty() && step.only != executor_name) continue;
        ++played.steps;
        try {
            player.play(step);
        } catch (const std::exception& e) {
            if (*e.what()) player.throw_later(step, e.what());
            // Later steps stand on what this one saves.
            if (!step.saves.empty()) break;
        }
    }
    played.faults = std::move(player.faults);
    return played;
}

}  // namespace hy::cases
