"""Drives a GitLab, or the sandbox, with python-gitlab: a client we did not write.

Usage: python_gitlab_drive.py URL TOKEN [PROJECT]
The token must belong to a Maintainer of the project (default: landfall/tracker). With the default
seed of the sandbox, groups, imports and what they leave behind are driven as well.
"""

import sys

import gitlab

checks = 0


def check(holds, what):
    """Counts a check; ends the run when it does not hold."""
    global checks
    if not holds:
        sys.exit(f"python-gitlab: {what}: does not hold")
    checks += 1


def refused(call, status, what):
    """Checks that a call is refused with this status."""
    try:
        call()
    except gitlab.exceptions.GitlabError as error:
        check(error.response_code == status, f"{what}: got {error.response_code}, not {status}")
    else:
        check(False, f"{what} is refused")


def import_from_github(server):
    """Imports Kiwi Paint from the sandbox's GitHub; gives the finished project."""
    group = server.groups.get("kiwi-paint")
    check(group.visibility == "public", "the group is found by its path")
    check(server.groups.get(group.id).full_path == "kiwi-paint", "and by its number")
    check(server.namespaces.get("kiwi-paint").kind == "group", "its namespace is a group's")
    refused(lambda: server.groups.get("nowhere"), 404, "a group that is not there")
    wanted = {
        "personal_access_token": "sandbox-github-import-token",
        "repo_id": 7001,
        "target_namespace": "kiwi-paint",
        "new_name": "driven",
        "optional_stages": {"single_endpoint_notes_import": True},
    }
    nowhere = {**wanted, "target_namespace": "nowhere"}
    refused(lambda: server.projects.import_github(**nowhere), 422, "an import to nowhere")
    begun = server.projects.import_github(**wanted)
    check(begun["import_status"] == "scheduled", "an import is scheduled")
    refused(lambda: server.projects.import_github(**wanted), 422, "the same import again")
    project = server.projects.get(begun["id"], license=True)
    check(project.empty_repo, "its project is there at once, and empty")
    seen = []
    while not seen or seen[-1] in ("scheduled", "started"):
        check(len(seen) < 20, "the import comes to an end")
        status = project.imports.get()
        seen.append(status.import_status)
    check(seen[0] == "scheduled" and seen[-1] == "finished", f"it goes step by step: {seen}")
    check(status.stats["fetched"] == status.stats["imported"], "everything came over")
    check(status.failed_relations == [], "nothing failed")
    return server.projects.get(project.id, license=True)


def read_what_came(server, project):
    """Reads an imported project the way a move is verified."""
    check(project.license["key"] == "gpl-3.0" and not project.empty_repo, "licence and code came")
    merged = project.mergerequests.list(state="merged", iterator=True, per_page=100)
    check(merged.total == 640, "merged requests are counted")
    first = next(merged)
    check(first.imported and "_placeholder_user_" in first.author["username"], "of placeholders")
    none = project.mergerequests.list(merged_after="2999-01-01T00:00:00Z", get_all=True)
    check(none == [], "none was merged in the future")
    branches = project.branches.list(iterator=True)
    check(branches.total == 14 and project.branches.get("main").default, "branches are listed")
    check(project.tags.list(iterator=True).total == 36, "tags, too")
    check(project.releases.list(iterator=True).total == 30, "and releases")
    check(len(project.milestones.list(get_all=True)) == 6, "milestones came")
    check(len(project.wikis.list(get_all=True)) == 12, "and the wiki")
    check(len(project.labels.list(get_all=True)) == 24, "and labels")
    check(project.issues.list(state="opened", iterator=True).total == 230, "open issues are counted")
    check(len(project.commits.list(per_page=50, get_all=False)) == 50, "commits are read")
    people = project.repository_contributors(get_all=True, order_by="commits", sort="desc")
    check(len(people) == 40, "so are those who wrote them")
    check(project.pipelines.list(get_all=True) == [], "no pipeline ran yet")
    check(project.events.list(action="pushed", get_all=True) == [], "an import is no push")
    author = server.users.get(first.author["id"])
    check(author.state == "active" and not author.bot, "a placeholder looks like a person")
    group = server.groups.get("kiwi-paint")
    listed = group.projects.list(include_subgroups=True, with_shared=False, get_all=True)
    check([p.id for p in listed] == [project.id], "the group lists its projects")


def transfer(server):
    """Brings a project over from another GitLab."""
    begun = server.bulk_imports.create(
        {
            "configuration": {
                "url": "https://gitlab.example.org",
                "access_token": "sandbox-other-gitlab-token",
            },
            "entities": [
                {
                    "source_type": "project_entity",
                    "source_full_path": "finch/finch",
                    "destination_slug": "finch",
                    "destination_namespace": "kiwi-paint",
                }
            ],
        }
    )
    check(begun.status == "created", "a transfer is created")
    for _ in range(20):
        transfer = server.bulk_imports.get(begun.id)
        if transfer.status not in ("created", "started"):
            break
    check(transfer.status == "finished", "and finished")
    entity = transfer.entities.list(get_all=True)[0]
    check(entity.destination_slug == "finch" and not entity.has_failures, "its project came whole")
    project = server.projects.get(entity.project_id)
    check(project.created_at.startswith("2015-"), "with the day it was made")


def main(url, token, path="landfall/tracker"):
    """Walks through what Landfall needs of a GitLab."""
    server = gitlab.Gitlab(url, private_token=token)
    server.auth()
    check(server.user.username, "the token has a user")
    check(server.version()[0][0].isdigit(), "the server names its version")
    me = server.personal_access_tokens.get("self")
    check("api" in me.scopes and me.active, "the token is alive and has the scope api")

    project = server.projects.get(path)
    check(project.path_with_namespace == path, "the project is found by its path")
    check(server.projects.get(project.id).path_with_namespace == path, "and by its number")

    label = project.labels.create({"name": "driven::first", "color": "#1068bf"})
    check(label.name == "driven::first", "a label is created")
    duplicate = {"name": "driven::first", "color": "#000000"}
    refused(lambda: project.labels.create(duplicate), 409, "a second label of that name")

    issue = project.issues.create({"title": "Driven by python-gitlab", "labels": ["driven::first"]})
    check(issue.state == "opened" and issue.labels == ["driven::first"], "an issue is opened")
    issue.labels = ["driven::first", "driven::second"]
    issue.description = "- [x] one\n- [ ] two"
    issue.save()
    issue = project.issues.get(issue.iid)
    check(set(issue.labels) == {"driven::first", "driven::second"}, "labels are replaced")
    check(issue.task_completion_status == {"count": 2, "completed_count": 1}, "tasks are counted")
    project.issues.update(issue.iid, {"remove_labels": "driven::first"})
    check(project.issues.get(issue.iid).labels == ["driven::second"], "a label is removed")

    events = issue.resourcelabelevents.list(get_all=True)
    said = [(event.action, event.label["name"]) for event in events]
    first, second = "driven::first", "driven::second"
    check(said == [("add", first), ("add", second), ("remove", first)], "label events tell it all")
    check(sorted(e.id for e in events) == [e.id for e in events], "and are numbered in order")
    check(issue.resourcelabelevents.get(events[0].id).action == "add", "one event is found")

    for number in range(5):
        issue.notes.create({"body": f"note {number}"})
    comments = {"sort": "asc", "activity_filter": "only_comments"}
    notes = issue.notes.list(iterator=True, per_page=2, **comments)
    check([note.body for note in notes] == [f"note {n}" for n in range(5)], "pages are walked")
    page = issue.notes.list(page=2, per_page=2, get_all=False, **comments)
    check([note.body for note in page] == ["note 2", "note 3"], "a single page is read")
    check(len(issue.notes.list(get_all=True, activity_filter="only_activity")) > 0, "system notes")
    note = issue.notes.list(get_all=True, **comments)[0]
    note.body = "edited"
    note.save()
    check(issue.notes.get(note.id).body == "edited", "a note is edited")
    note.awardemojis.create({"name": "eyes"})
    check([award.name for award in note.awardemojis.list(get_all=True)] == ["eyes"], "a reaction")
    refused(lambda: note.awardemojis.create({"name": "eyes"}), 404, "the same reaction again")
    note.delete()
    refused(lambda: issue.notes.get(note.id), 404, "a deleted note")

    member = project.members_all.get(server.user.id)
    check(member.access_level >= 40, "the token's user is a maintainer")
    refused(lambda: project.members_all.get(987654321), 404, "somebody unknown as a member")

    hook = project.hooks.create({"url": "http://127.0.0.1:9/nobody", "issues_events": True})
    check(hook.issues_events and not hook.note_events, "a hook is created")
    hook.note_events = True
    hook.save()
    check(project.hooks.get(hook.id).note_events, "and edited")
    hook.delete()
    check(hook.id not in [h.id for h in project.hooks.list(get_all=True)], "and deleted")

    template = {
        "file_path": ".gitlab/issue_templates/Driven.md",
        "branch": "main",
        "content": "Hello",
        "commit_message": "Add an issue template",
    }
    project.files.create(template)
    stored = project.files.get(template["file_path"], ref="main")
    check(stored.decode() == b"Hello", "a file is stored and read")

    project.issues.update(issue.iid, {"state_event": "close"})
    opened = project.issues.list(state="opened", get_all=True)
    closed = project.issues.list(state="closed", labels=["driven::second"], get_all=True)
    check(issue.iid not in [i.iid for i in opened], "a closed issue is not among the open ones")
    check(issue.iid in [i.iid for i in closed], "but among the closed ones of its label")
    if path == "landfall/tracker":
        read_what_came(server, import_from_github(server))
        transfer(server)
    print(f"python-gitlab: {checks} checks passed")


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(*sys.argv[1:])
