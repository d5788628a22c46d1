//! Clients: which program the agent runs in.

use crate::hints;

/// A harness and a name under which it reports itself, lower case, words joined by `-`.
///
/// Names are compared after [`simplified`], so a row stands for `Claude Code`, `claude_code` and `claude-code`.
/// A name that is not in here stays as received.
const HARNESSES: &[(&str, &str)] = &[
    ("claude-ai", "claude-ai"),
    ("claude.ai", "claude-ai"),
    ("claude", "claude-ai"),
    ("claude-desktop", "claude-desktop"),
    ("claude-for-desktop", "claude-desktop"),
    ("claude-code", "claude-code"),
    ("claude-cli", "claude-code"),
    ("anthropic-claude-code", "claude-code"),
    ("cursor", "cursor"),
    ("cursor-vscode", "cursor"),
    ("cursor-ide", "cursor"),
    ("cursor-agent", "cursor"),
    ("cursor-mcp-client", "cursor"),
    ("visual-studio-code", "vscode"),
    ("visual-studio-code-insiders", "vscode"),
    ("visual-studio-code---insiders", "vscode"),
    ("vscode", "vscode"),
    ("vs-code", "vscode"),
    ("vscode-insiders", "vscode"),
    ("vscode-copilot", "vscode"),
    ("visual-studio", "visual-studio"),
    ("github-copilot", "github-copilot"),
    ("github-copilot-developer", "github-copilot"),
    ("github-copilot-cli", "github-copilot-cli"),
    ("copilot-cli", "github-copilot-cli"),
    ("codex", "codex"),
    ("codex-cli", "codex"),
    ("codex-mcp-client", "codex"),
    ("codex-vscode", "codex"),
    ("openai-codex", "codex"),
    ("windsurf", "windsurf"),
    ("windsurf-client", "windsurf"),
    ("windsurf-editor", "windsurf"),
    ("codeium-windsurf", "windsurf"),
    ("zed", "zed"),
    ("zed-editor", "zed"),
    ("cline", "cline"),
    ("cline-cli", "cline"),
    ("claude-dev", "cline"),
    ("roo-code", "roo-code"),
    ("roo-cline", "roo-code"),
    ("kilo-code", "kilo-code"),
    ("kilocode", "kilo-code"),
    ("gemini-cli", "gemini-cli"),
    ("gemini-cli-mcp-client", "gemini-cli"),
    ("qwen-code", "qwen-code"),
    ("qwen-cli-mcp-client", "qwen-code"),
    ("chatgpt", "chatgpt"),
    ("openai-mcp", "chatgpt"),
    ("openai-mcp-(chatgpt)", "chatgpt"),
    ("openai-chatgpt", "chatgpt"),
    ("mcp-inspector", "mcp-inspector"),
    ("inspector-client", "mcp-inspector"),
    ("inspector", "mcp-inspector"),
    ("@modelcontextprotocol/inspector", "mcp-inspector"),
    ("continue", "continue"),
    ("continue-client", "continue"),
    ("continue-cli-client", "continue"),
    ("goose", "goose"),
    ("goose-cli", "goose"),
    ("goose-desktop", "goose"),
    ("amp", "amp"),
    ("amp-mcp-client", "amp"),
    ("opencode", "opencode"),
    ("augment", "augment"),
    ("augment-code", "augment"),
    ("augmentcode", "augment"),
    ("amazon-q", "amazon-q"),
    ("amazon-q-developer", "amazon-q"),
    ("q-dev-cli", "amazon-q"),
    ("kiro", "kiro"),
    ("kiro-cli", "kiro"),
    ("trae", "trae"),
    ("warp", "warp"),
    ("junie", "junie"),
    ("jetbrains-ai-assistant", "jetbrains-ai-assistant"),
    ("lm-studio", "lm-studio"),
    ("lmstudio", "lm-studio"),
    ("lmstudio-mcp-bridge", "lm-studio"),
    ("librechat", "librechat"),
    ("open-webui", "open-webui"),
    ("raycast", "raycast"),
    ("postman", "postman"),
    ("postman-client", "postman"),
    ("n8n", "n8n"),
    ("n8n-mcp-client", "n8n"),
    ("@n8n/n8n-nodes-langchain.mcpclienttool", "n8n"),
];

/// The one name of a harness; any other client's name as received, without white space around it.
pub(crate) fn normalized(name: &str) -> &str {
    let received = name.trim();
    // A bridge to servers on other machines names itself after the client: `claude-ai (via mcp-remote 0.1.37)`.
    let plain = received.split_once(" (via ").map_or(received, |(client, _)| client);
    let wanted = simplified(plain);
    HARNESSES
        .iter()
        .find(|(reported, _)| *reported == wanted)
        .map_or(received, |(_, harness)| *harness)
}

fn simplified(name: &str) -> String {
    name.trim()
        .chars()
        .map(|character| match character {
            ' ' | '_' => '-',
            other => other.to_ascii_lowercase(),
        })
        .collect()
}

/// Name and version from a stateless session id: `mcp_<name>_v_<version>_<uuid>`.
pub(crate) fn of_stateless_id(hint: &str) -> Option<(&str, &str)> {
    let (rest, uuid) = hint.strip_prefix("mcp_")?.rsplit_once('_')?;
    let (name, version) = rest.rsplit_once("_v_")?;
    let whole = hints::is_uuid(uuid) && !name.trim().is_empty() && !version.trim().is_empty();
    whole.then(|| (name.trim(), version.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (as received, normalised); with [`HARNESSES`] itself the whole table.
    const NAMES: &[(&str, &str)] = &[
        ("claude-ai", "claude-ai"),
        ("Claude", "claude-ai"),
        ("Claude Desktop", "claude-desktop"),
        ("claude-code", "claude-code"),
        ("Claude Code", "claude-code"),
        ("cursor-vscode", "cursor"),
        ("Cursor", "cursor"),
        ("Visual Studio Code", "vscode"),
        ("Visual Studio Code - Insiders", "vscode"),
        ("codex-mcp-client", "codex"),
        ("codex_vscode", "codex"),
        ("windsurf-client", "windsurf"),
        ("Zed", "zed"),
        ("Cline", "cline"),
        ("gemini-cli-mcp-client", "gemini-cli"),
        ("ChatGPT", "chatgpt"),
        ("openai-mcp", "chatgpt"),
        ("openai-mcp (ChatGPT)", "chatgpt"),
        ("mcp-inspector", "mcp-inspector"),
        ("inspector-client", "mcp-inspector"),
        ("claude-ai (via mcp-remote 0.1.37)", "claude-ai"),
        ("My Agent (via mcp-remote 0.1.37)", "My Agent (via mcp-remote 0.1.37)"),
        ("  My Agent ", "My Agent"),
        ("mcp", "mcp"),
        ("codex-of-hammurabi", "codex-of-hammurabi"),
    ];

    #[test]
    fn harnesses_have_one_name_and_others_keep_theirs() {
        for (received, expected) in NAMES.iter().chain(HARNESSES) {
            assert_eq!(normalized(received), *expected, "{received}");
        }
    }

    #[test]
    fn a_normalised_name_stays_as_it_is() {
        for (_, harness) in HARNESSES {
            assert_eq!(normalized(harness), *harness);
        }
    }

    #[test]
    fn no_row_is_hidden_by_another() {
        for (index, (reported, _)) in HARNESSES.iter().enumerate() {
            let first = HARNESSES.iter().position(|(other, _)| other == reported);
            assert_eq!(first, Some(index), "{reported}");
            assert_eq!(simplified(reported), *reported, "{reported} can never match");
        }
    }

    #[test]
    fn a_stateless_id_names_its_client() {
        const UUID: &str = "be3f2275-15a4-4e05-b3cb-b0eeb9109d3a";
        for (middle, expected) in [
            ("claude-code_v_2.0.14", Some(("claude-code", "2.0.14"))),
            ("my_v_agent_v_1", Some(("my_v_agent", "1"))),
            ("agent", None),
            ("_v_1", None),
            ("agent_v_", None),
        ] {
            assert_eq!(of_stateless_id(&format!("mcp_{middle}_{UUID}")), expected, "{middle}");
        }
        assert_eq!(of_stateless_id(UUID), None);
        assert_eq!(of_stateless_id("mcp_a_v_1_notauuid"), None);
    }
}
