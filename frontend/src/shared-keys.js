// Two questions may share one key if they are never shown together (an answer that is asked in two ways). form-js refuses
// such a form since it keeps a register of keys; here the register lets them share, and the answer of the one that is
// shown counts.
import { PathRegistry, ConditionChecker, buildExpressionContext } from "@bpmn-io/form-js-viewer";
import { get, set } from "min-dash";

class SharingPathRegistry extends PathRegistry {
  canClaimPath(path, options = {}) {
    return super.canClaimPath(path, options) || (options.isClosed === true && this._isAnswer(path));
  }

  claimPath(path, options = {}) {
    if (options.isClosed && this._isAnswer(path)) return; // it is claimed already
    super.claimPath(path, options);
  }

  _isAnswer(path) {
    let node = { children: this._dataPaths };
    for (const segment of path) {
      node = Array.isArray(node.children) ? node.children.find((child) => child.segment === segment) : null;
      if (!node || node.isRepeatable) return false;
    }
    return node.children === null;
  }
}
SharingPathRegistry.$inject = PathRegistry.$inject;

class SharingConditionChecker extends ConditionChecker {
  applyConditions(data, contextData = {}, options = {}) {
    const filtered = super.applyConditions(data, contextData, options);
    const byPath = new Map();
    for (const field of this._formFieldRegistry.getAll()) {
      if (!field.key) continue;
      const path = this._pathRegistry.getValuePath(field);
      byPath.set(path.join("."), [...(byPath.get(path.join(".")) ?? []), { field, path }]);
    }
    for (const sharing of byPath.values()) {
      if (sharing.length < 2) continue;
      const shown = sharing.find(({ field }) => !this._isHidden(field, contextData));
      if (shown) set(filtered, shown.path, get(data, shown.path));
    }
    return filtered;
  }

  _isHidden(field, data) {
    const context = buildExpressionContext({ this: data, data, i: [], parent: null });
    for (let one = field; one; one = this._formFieldRegistry.get(one._parent)) {
      if (one.conditional && this._checkHideCondition(one.conditional, context)) return true;
    }
    return false;
  }
}
SharingConditionChecker.$inject = ConditionChecker.$inject;

export const SharedKeys = {
  pathRegistry: ["type", SharingPathRegistry],
  conditionChecker: ["type", SharingConditionChecker],
};
