// What AI providers want to be asked and how they answer: OpenAI's chat completions, and Dify's chat messages. Pure
// functions; who asks and what about is core/replies. Sources: OpenAI API reference "Create chat completion", Dify
// API "Send Chat Message".
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/config.h"
#include "core/ai_stream.h"
#include "core/brains.h"
#include "http/client.h"

namespace hy::ai {

struct Turn {
    bool by_robot;
    std::string text;
};

struct Question {
    std::string provider, base_url, api_key, model;
    int64_t temperature_milli = 700, max_tokens = 2000;
    std::string system;        // "": none
    std::vector<Turn> before;  // oldest first
    std::string text, user;    // user: who asks, stable
    std::string session;       // Dify's conversation, "" for a new one
    bool stream = false;       // piece by piece
};

struct Said {
    std::string text, session;
    int64_t tokens_in = 0, tokens_out = 0;
};

http::Outgoing request(const Question& question);
// What it said; nothing where that is no answer, and `why` for the log.
std::optional<Said> read(const Question& question, const http::Answer& answer, std::string* why);
// The same of what came piece by piece, with the answer's status.
std::optional<Said> read(const Question& question, const Stream& stream, int status, std::string* why);
// Whether asking once more may help: 429, 5xx.
bool worth_repeating(int status);

// The provider's settings; nullptr for one that has none (echo).
const Config::Provider* provider_of(const Config& config, const std::string& name);
// Millionths of a yuan.
int64_t cost_of(const Config& config, const std::string& provider, const Said& said);

}  // namespace hy::ai
